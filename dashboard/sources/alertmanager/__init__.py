"""Alertmanager: who is told of an alert, and which silences hold it back. It is no source of signals."""
