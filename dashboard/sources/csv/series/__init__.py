"""Series as dashboards export them: their names, the kind of their numbers, and the counts in them."""
