"""The archive: closed hours as Parquet, one file a month, and the data a restart continues with; all writes to them."""
