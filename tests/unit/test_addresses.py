import pytest

from appservice.addresses import base_address, leads_to, neutral_address


@pytest.mark.parametrize(
    "address",
    [
        "https://www.wikipedia.org", "https://meteo.example/?ville=Paris/", "https://a.example?b=c//#d/",
        "https://météo.example:8443/a//", "http://127.0.0.1:9", "http://localhost/", "http://[::1]:9/",
    ],
)  # fmt: skip
def test_a_neutral_site_is_taken_as_it_is_written(address: str) -> None:
    assert neutral_address(address) == address


@pytest.mark.parametrize(
    "address",
    [
        "http://www.wikipedia.org", "javascript:alert(1)", "data:text/html,x", "//www.wikipedia.org", "/", "", "https://",
        "https:///path", "https://user@www.wikipedia.org", "https://user:word@www.wikipedia.org", "https://@a.example",
        "https://a.example:port", "https://a.example:99999", "https://[a", "https://a.example/ b", "https://a.example\\@b.c",
        " https://a.example", "https://a.exam\nple", "http://127.0.0.1.example", "http://192.0.2.1",
    ],
)  # fmt: skip
def test_where_nobody_should_be_sent_is_no_neutral_site(address: str) -> None:
    with pytest.raises(ValueError, match="address"):
        neutral_address(address)


def test_an_address_is_of_what_listens_there() -> None:
    assert leads_to("https://portal.example.org/", "portal.example.org", 443)
    assert leads_to("http://localhost:8082/x", "0.0.0.0", 8082)  # noqa: S104 nothing listens
    assert not leads_to("http://127.0.0.1:9", "127.0.0.1", 8082)
    assert not leads_to("https://www.wikipedia.org", "127.0.0.1", 443)


def test_paths_are_added_to_a_base_address() -> None:
    assert base_address("http://127.0.0.1:8081/") == "http://127.0.0.1:8081"
