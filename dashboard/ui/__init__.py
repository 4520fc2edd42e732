"""The way out to the screen: what is selected, panels, the live chart, problems and words."""
