"""Streamlit's frontend as this server sends it, and what viewers may send back."""
