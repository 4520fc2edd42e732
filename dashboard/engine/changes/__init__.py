"""Changes: reported by senders, derived from the data, and suspected as causes."""
