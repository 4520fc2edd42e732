"""The review of a period: what is chosen, the parts of the page, what people write."""
