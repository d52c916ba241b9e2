"""A shopping cart. Prices are in cents."""


class Cart:
    def __init__(self):
        self._lines = []

    def add(self, name, price, count=1):
        self._lines.append((name, price, count))

    def total(self):
        return sum(price for _, price, _ in self._lines)

    def names(self):
        return [name for name, _, _ in self._lines]
