"""Sources of data: all of them answer the same requests on the same grids."""
