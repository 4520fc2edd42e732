"""Series exported from dashboards: their names, the kind of their numbers, and the counts in them."""
