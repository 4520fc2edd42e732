"""Pure: frames and reports in, Plotly figures as plain dicts or SVG text out."""
