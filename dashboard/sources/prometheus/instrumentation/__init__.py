"""How services are instrumented on one server: their names, outcomes, selectors and intervals."""
