# ruff: noqa: INP001, T201 - a snippet that prints
"""MATTR(50) and MTLD(.72) by lexicalrichness, on the text of the fixture of ``lexical_diversity``.

Made with lexicalrichness 0.5.1 on Python 3.11: ``pip install lexicalrichness==0.5.1``, outside of this project.
Printed::

    fixture: 56 words, mattr 0.622857, mtld 28.000000
    garden: 59 words, mattr 0.850000, mtld 97.468000
"""

from lexicalrichness import LexicalRichness

TEXT = (
    "the old man walked to the river and the river was high so the man sat down by the river and looked at the water "
    "for a long time before he said to the boy that the water would not go down before the end of the week and that "
    "the boat would have to wait"
)
GARDEN = (
    "My neighbour grows tomatoes, beans and far too many courgettes. Every summer she leaves a basket at our door, "
    "and every summer we pretend to be surprised. Last year my son carved a boat from the largest one and sailed it "
    "across the pond until a duck, who had watched all morning, climbed aboard and sank the whole expedition."
)

for name, text in (("fixture", TEXT), ("garden", GARDEN)):
    read = LexicalRichness(text)
    print(f"{name}: {read.words} words, mattr {read.mattr(window_size=50):.6f}, mtld {read.mtld(threshold=0.72):.6f}")
