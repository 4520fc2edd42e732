"""The user interface: the viewer's selection, panels, the live chart, error messages and words."""
