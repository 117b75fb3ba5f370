"""Staff: a merchant's users at the till page, each with a role, and mostly with a PIN.

A PIN is four to eight digits, and opens the till page on a paired device alone. Elsewhere staff signs in
by name and password, as a manager always can. A *manager* hires, gives roles and PINs, and disables.
"""
