"""Languages: the words that a reader gets, and how days and money are written for that reader.

The English text in the code is the key of each translation; a catalogue of gettext has the others. A
page or a message that asks for a text without a translation gets the English one, and a test finds each
text that a catalogue lacks.
"""
