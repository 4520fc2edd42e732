"""The review of a period: the choice of a period, the parts of the page, and what people write."""
