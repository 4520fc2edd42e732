"""Pure: a snapshot → what needs somebody, one entry for each cause, the most urgent first."""
