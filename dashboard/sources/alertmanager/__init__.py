"""Alertmanager: receivers and silences of alerts. It is not a source of signals."""
