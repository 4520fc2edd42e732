"""Series as dashboards export them: what their names tell, what their numbers are, and the counts in them."""
