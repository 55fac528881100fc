"""The laboratory in the browser: ``streamlit run gui_app.py``."""

from colloquia.gui.app import main

main()
