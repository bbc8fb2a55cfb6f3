"""Transferring numbers in (porting): from the list of numbers to the moment they are called here.

An order is drawn up in steps (numbers, provider, invoice, letter of agency), signed by the person named on the invoice,
handed to the carrier, answered, and at last its numbers go live. ``states`` is the table of what may happen when;
``desk`` does it.
"""
