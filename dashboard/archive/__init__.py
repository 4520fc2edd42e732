"""The archive: closed hours as Parquet, a file a month, and what a restart goes on with. Nothing else writes them."""
