"""The archive: closed hours as Parquet, a file a month, and what a restart continues with. Nothing else writes them."""
