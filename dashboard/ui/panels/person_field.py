"""The field for a person's name in every form, which remembers it: there is no login yet."""

from typing import Final

import streamlit as st

# Session key: the last name given.
PERSON: Final = "person_name"
HELP: Final = "As you give it: there is no login yet"
LONGEST_NAME: Final = 80


def person_field(key: str) -> str:
    """Draw the field for the name and return its value; `key`: of the field."""
    if key not in st.session_state:
        st.session_state[key] = str(st.session_state.get(PERSON, ""))
    name = st.text_input("Your name", key=key, max_chars=LONGEST_NAME, placeholder=HELP).strip()
    st.session_state[PERSON] = name
    return name
