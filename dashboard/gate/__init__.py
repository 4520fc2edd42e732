"""Pure: remaining budgets and burn → policy states, and whether a release may go ahead."""
