from cart import Cart


def test_empty_cart_costs_nothing():
    assert Cart().total() == 0


def test_total_counts_every_piece():
    cart = Cart()
    cart.add("tea", 350, count=2)
    cart.add("cup", 900)
    assert cart.total() == 1600


def test_names_in_the_order_they_were_added():
    cart = Cart()
    cart.add("tea", 350)
    cart.add("cup", 900)
    assert cart.names() == ["tea", "cup"]
