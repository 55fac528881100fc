"""The script that Streamlit runs; apart, since of files in ``pages`` beside it Streamlit would make pages itself."""
