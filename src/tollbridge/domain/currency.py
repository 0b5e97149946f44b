"""The currencies of ISO 4217 and how many decimals each has.

A test compares the table with the `iso4217` package; it stands here so that the domain needs no
package that reads files.
"""

_TWO = """
    AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD
    CDF CHE CHF CHW CNY COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS
    GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD
    LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD PAB
    PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP
    SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST XAD XCD XCG YER ZAR ZMW
    ZWG
"""
_NONE = """
    BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF
"""
_THREE = """
    BHD IQD JOD KWD LYD OMR TND
"""
_FOUR = """
    CLF UYW
"""

MINOR_UNITS: dict[str, int] = {
    **dict.fromkeys(_TWO.split(), 2),
    **dict.fromkeys(_NONE.split(), 0),
    **dict.fromkeys(_THREE.split(), 3),
    **dict.fromkeys(_FOUR.split(), 4),
}


def minor_units(currency: str) -> int:
    """How many decimals amounts of this currency have (EUR 2, JPY 0, KWD 3).

    Raises KeyError for a code that is not in ISO 4217 or has no minor unit (gold, test codes).
    """
    return MINOR_UNITS[currency]


def is_currency(code: str) -> bool:
    """Whether `code` is a currency that amounts can be in (three capitals)."""
    return code in MINOR_UNITS
