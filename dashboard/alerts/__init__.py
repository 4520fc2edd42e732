"""Pure: samples of `ALERTS` and answers of Alertmanager → firing alerts, their services, the quality of rules."""
