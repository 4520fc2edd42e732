"""Pure: burning budgets and anomalies that cost budget → incidents, with ids that never change."""
