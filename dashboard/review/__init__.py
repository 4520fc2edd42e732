"""Pure: events of a period → which objectives were met, and what their budgets were spent on."""
