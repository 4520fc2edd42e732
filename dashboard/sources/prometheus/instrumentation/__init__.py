"""How services are instrumented: names, outcomes, selectors and intervals."""
