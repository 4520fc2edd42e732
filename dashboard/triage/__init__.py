"""Pure: a snapshot → what needs attention, one entry per cause, most urgent first."""
