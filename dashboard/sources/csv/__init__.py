"""CSV files in three shapes, followed as they grow."""
