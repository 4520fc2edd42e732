"""Pure: what is left of budgets, and how they burn → policy states, and whether a release may go."""
