"""How services are instrumented on a server: names, outcomes, selectors and intervals."""
