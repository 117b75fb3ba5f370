"""Privacy: an operator shows, exports and erases all that is kept on one person.

To *erase* a person is to delete the person key, all that finds the person, and the texts that only that
person wrote or was sent. Money, counts and events stay: they name the person by an id that leads to
nothing any more.
"""
