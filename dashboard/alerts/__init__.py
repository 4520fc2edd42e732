"""Pure: samples of `ALERTS`, and what Alertmanager says → firing alerts, whose they are, how good their rules are."""
