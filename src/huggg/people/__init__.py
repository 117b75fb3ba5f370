"""People: the facts about a person are sealed under a key of that person's own.

A *person* is a user, a receiver without a log-in included. The *personal data* of a person are name,
username, e-mail address and phone number; the texts of messages are sealed in the same way. A *person
key* is drawn at random, kept in `person_keys` sealed under the vault's keys, and read beside each row
that it opens. Deleting that row *erases* the person: no copy of the personal data opens any more, on any
server. A person is *found* by keyed fingerprints of the normalised address, number or username.
"""

READS_SEALED_PEOPLE = "reads sealed people"
READS_SEALED_MESSAGES = "reads sealed messages"
"""The marks by which a process says in the roll call that it needs no facts, and no texts, in clear."""
