"""Exceptions with a module path of their own, as an application has them."""


class PaymentError(Exception):
    pass


class TransientError(Exception):
    pass
