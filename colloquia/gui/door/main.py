"""The script that ``colloquia gui`` has Streamlit run; ``gui_app.py`` at the root does the same."""

from colloquia.gui.app import main

main()
