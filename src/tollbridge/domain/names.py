"""What countries, currencies and languages are called in English, and where a language is at home.

The codes are those of ISO 3166-1, 4217 and 639-1; the names, and the country in which most people
speak a language, are those of the Unicode CLDR.
"""

_COUNTRIES = """
    AD Andorra; AE United Arab Emirates; AF Afghanistan; AG Antigua & Barbuda; AI Anguilla;
    AL Albania; AM Armenia; AO Angola; AQ Antarctica; AR Argentina; AS American Samoa; AT Austria;
    AU Australia; AW Aruba; AX Åland Islands; AZ Azerbaijan; BA Bosnia & Herzegovina; BB Barbados;
    BD Bangladesh; BE Belgium; BF Burkina Faso; BG Bulgaria; BH Bahrain; BI Burundi; BJ Benin;
    BL St. Barthélemy; BM Bermuda; BN Brunei; BO Bolivia; BQ Caribbean Netherlands; BR Brazil;
    BS Bahamas; BT Bhutan; BV Bouvet Island; BW Botswana; BY Belarus; BZ Belize; CA Canada;
    CC Cocos (Keeling) Islands; CD Congo - Kinshasa; CF Central African Republic;
    CG Congo - Brazzaville; CH Switzerland; CI Côte d’Ivoire; CK Cook Islands; CL Chile;
    CM Cameroon; CN China; CO Colombia; CR Costa Rica; CU Cuba; CV Cape Verde; CW Curaçao;
    CX Christmas Island; CY Cyprus; CZ Czechia; DE Germany; DJ Djibouti; DK Denmark; DM Dominica;
    DO Dominican Republic; DZ Algeria; EC Ecuador; EE Estonia; EG Egypt; EH Western Sahara;
    ER Eritrea; ES Spain; ET Ethiopia; FI Finland; FJ Fiji; FK Falkland Islands; FM Micronesia;
    FO Faroe Islands; FR France; GA Gabon; GB United Kingdom; GD Grenada; GE Georgia;
    GF French Guiana; GG Guernsey; GH Ghana; GI Gibraltar; GL Greenland; GM Gambia; GN Guinea;
    GP Guadeloupe; GQ Equatorial Guinea; GR Greece; GS South Georgia & South Sandwich Islands;
    GT Guatemala; GU Guam; GW Guinea-Bissau; GY Guyana; HK Hong Kong SAR China;
    HM Heard & McDonald Islands; HN Honduras; HR Croatia; HT Haiti; HU Hungary; ID Indonesia;
    IE Ireland; IL Israel; IM Isle of Man; IN India; IO British Indian Ocean Territory; IQ Iraq;
    IR Iran; IS Iceland; IT Italy; JE Jersey; JM Jamaica; JO Jordan; JP Japan; KE Kenya;
    KG Kyrgyzstan; KH Cambodia; KI Kiribati; KM Comoros; KN St. Kitts & Nevis; KP North Korea;
    KR South Korea; KW Kuwait; KY Cayman Islands; KZ Kazakhstan; LA Laos; LB Lebanon;
    LC St. Lucia; LI Liechtenstein; LK Sri Lanka; LR Liberia; LS Lesotho; LT Lithuania;
    LU Luxembourg; LV Latvia; LY Libya; MA Morocco; MC Monaco; MD Moldova; ME Montenegro;
    MF St. Martin; MG Madagascar; MH Marshall Islands; MK North Macedonia; ML Mali;
    MM Myanmar (Burma); MN Mongolia; MO Macao SAR China; MP Northern Mariana Islands;
    MQ Martinique; MR Mauritania; MS Montserrat; MT Malta; MU Mauritius; MV Maldives; MW Malawi;
    MX Mexico; MY Malaysia; MZ Mozambique; NA Namibia; NC New Caledonia; NE Niger;
    NF Norfolk Island; NG Nigeria; NI Nicaragua; NL Netherlands; NO Norway; NP Nepal; NR Nauru;
    NU Niue; NZ New Zealand; OM Oman; PA Panama; PE Peru; PF French Polynesia;
    PG Papua New Guinea; PH Philippines; PK Pakistan; PL Poland; PM St. Pierre & Miquelon;
    PN Pitcairn Islands; PR Puerto Rico; PS Palestinian Territories; PT Portugal; PW Palau;
    PY Paraguay; QA Qatar; RE Réunion; RO Romania; RS Serbia; RU Russia; RW Rwanda;
    SA Saudi Arabia; SB Solomon Islands; SC Seychelles; SD Sudan; SE Sweden; SG Singapore;
    SH St. Helena; SI Slovenia; SJ Svalbard & Jan Mayen; SK Slovakia; SL Sierra Leone;
    SM San Marino; SN Senegal; SO Somalia; SR Suriname; SS South Sudan; ST São Tomé & Príncipe;
    SV El Salvador; SX Sint Maarten; SY Syria; SZ Eswatini; TC Turks & Caicos Islands; TD Chad;
    TF French Southern Territories; TG Togo; TH Thailand; TJ Tajikistan; TK Tokelau;
    TL Timor-Leste; TM Turkmenistan; TN Tunisia; TO Tonga; TR Türkiye; TT Trinidad & Tobago;
    TV Tuvalu; TW Taiwan; TZ Tanzania; UA Ukraine; UG Uganda; UM U.S. Outlying Islands;
    US United States; UY Uruguay; UZ Uzbekistan; VA Vatican City; VC St. Vincent & Grenadines;
    VE Venezuela; VG British Virgin Islands; VI U.S. Virgin Islands; VN Vietnam; VU Vanuatu;
    WF Wallis & Futuna; WS Samoa; XK Kosovo; YE Yemen; YT Mayotte; ZA South Africa; ZM Zambia;
    ZW Zimbabwe
"""
_CURRENCIES = """
    AED United Arab Emirates Dirham; AFN Afghan Afghani; ALL Albanian Lek; AMD Armenian Dram;
    AOA Angolan Kwanza; ARS Argentine Peso; AUD Australian Dollar; AWG Aruban Florin;
    AZN Azerbaijani Manat; BAM Bosnia-Herzegovina Convertible Mark; BBD Barbadian Dollar;
    BDT Bangladeshi Taka; BHD Bahraini Dinar; BIF Burundian Franc; BMD Bermudan Dollar;
    BND Brunei Dollar; BOB Bolivian Boliviano; BOV Bolivian Mvdol; BRL Brazilian Real;
    BSD Bahamian Dollar; BTN Bhutanese Ngultrum; BWP Botswanan Pula; BYN Belarusian Ruble;
    BZD Belize Dollar; CAD Canadian Dollar; CDF Congolese Franc; CHE WIR Euro; CHF Swiss Franc;
    CHW WIR Franc; CLF Chilean Unit of Account (UF); CLP Chilean Peso; CNY Chinese Yuan;
    COP Colombian Peso; COU Colombian Real Value Unit; CRC Costa Rican Colón; CUP Cuban Peso;
    CVE Cape Verdean Escudo; CZK Czech Koruna; DJF Djiboutian Franc; DKK Danish Krone;
    DOP Dominican Peso; DZD Algerian Dinar; EGP Egyptian Pound; ERN Eritrean Nakfa;
    ETB Ethiopian Birr; EUR Euro; FJD Fijian Dollar; FKP Falkland Islands Pound;
    GBP British Pound; GEL Georgian Lari; GHS Ghanaian Cedi; GIP Gibraltar Pound;
    GMD Gambian Dalasi; GNF Guinean Franc; GTQ Guatemalan Quetzal; GYD Guyanaese Dollar;
    HKD Hong Kong Dollar; HNL Honduran Lempira; HTG Haitian Gourde; HUF Hungarian Forint;
    IDR Indonesian Rupiah; ILS Israeli New Shekel; INR Indian Rupee; IQD Iraqi Dinar;
    IRR Iranian Rial; ISK Icelandic Króna; JMD Jamaican Dollar; JOD Jordanian Dinar;
    JPY Japanese Yen; KES Kenyan Shilling; KGS Kyrgystani Som; KHR Cambodian Riel;
    KMF Comorian Franc; KPW North Korean Won; KRW South Korean Won; KWD Kuwaiti Dinar;
    KYD Cayman Islands Dollar; KZT Kazakhstani Tenge; LAK Laotian Kip; LBP Lebanese Pound;
    LKR Sri Lankan Rupee; LRD Liberian Dollar; LSL Lesotho Loti; LYD Libyan Dinar;
    MAD Moroccan Dirham; MDL Moldovan Leu; MGA Malagasy Ariary; MKD Macedonian Denar;
    MMK Myanmar Kyat; MNT Mongolian Tugrik; MOP Macanese Pataca; MRU Mauritanian Ouguiya;
    MUR Mauritian Rupee; MVR Maldivian Rufiyaa; MWK Malawian Kwacha; MXN Mexican Peso;
    MXV Mexican Investment Unit; MYR Malaysian Ringgit; MZN Mozambican Metical;
    NAD Namibian Dollar; NGN Nigerian Naira; NIO Nicaraguan Córdoba; NOK Norwegian Krone;
    NPR Nepalese Rupee; NZD New Zealand Dollar; OMR Omani Rial; PAB Panamanian Balboa;
    PEN Peruvian Sol; PGK Papua New Guinean Kina; PHP Philippine Peso; PKR Pakistani Rupee;
    PLN Polish Zloty; PYG Paraguayan Guarani; QAR Qatari Riyal; RON Romanian Leu;
    RSD Serbian Dinar; RUB Russian Ruble; RWF Rwandan Franc; SAR Saudi Riyal;
    SBD Solomon Islands Dollar; SCR Seychellois Rupee; SDG Sudanese Pound; SEK Swedish Krona;
    SGD Singapore Dollar; SHP St. Helena Pound; SLE Sierra Leonean Leone; SOS Somali Shilling;
    SRD Surinamese Dollar; SSP South Sudanese Pound; STN São Tomé & Príncipe Dobra;
    SVC Salvadoran Colón; SYP Syrian Pound; SZL Swazi Lilangeni; THB Thai Baht;
    TJS Tajikistani Somoni; TMT Turkmenistani Manat; TND Tunisian Dinar; TOP Tongan Pa’anga;
    TRY Turkish Lira; TTD Trinidad & Tobago Dollar; TWD New Taiwan Dollar; TZS Tanzanian Shilling;
    UAH Ukrainian Hryvnia; UGX Ugandan Shilling; USD US Dollar; USN US Dollar (Next day);
    UYI Uruguayan Peso (Indexed Units); UYU Uruguayan Peso; UYW Uruguayan Nominal Wage Index Unit;
    UZS Uzbekistani Som; VED Bolívar Soberano; VES Venezuelan Bolívar; VND Vietnamese Dong;
    VUV Vanuatu Vatu; WST Samoan Tala; XAF Central African CFA Franc; XCD East Caribbean Dollar;
    XCG Caribbean guilder; XOF West African CFA Franc; XPF CFP Franc; YER Yemeni Rial;
    ZAR South African Rand; ZMW Zambian Kwacha; ZWG Zimbabwean Gold; XAD Arab Accounting Dinar
"""
_LANGUAGES = """
    aa-ET Afar; ab-GE Abkhazian; ae-IR Avestan; af-ZA Afrikaans; ak-GH Akan; am-ET Amharic;
    an-ES Aragonese; ar-EG Arabic; as-IN Assamese; av-RU Avaric; ay-BO Aymara; az-AZ Azerbaijani;
    ba-RU Bashkir; be-BY Belarusian; bg-BG Bulgarian; bi-VU Bislama; bm-ML Bambara; bn-BD Bangla;
    bo-CN Tibetan; br-FR Breton; bs-BA Bosnian; ca-ES Catalan; ce-RU Chechen; ch-GU Chamorro;
    co-FR Corsican; cr-CA Cree; cs-CZ Czech; cu-RU Church Slavic; cv-RU Chuvash; cy-GB Welsh;
    da-DK Danish; de-DE German; dv-MV Divehi; dz-BT Dzongkha; ee-GH Ewe; el-GR Greek;
    en-US English; eo Esperanto; es-ES Spanish; et-EE Estonian; eu-ES Basque; fa-IR Persian;
    ff-SN Fula; fi-FI Finnish; fj-FJ Fijian; fo-FO Faroese; fr-FR French; fy-NL Western Frisian;
    ga-IE Irish; gd-GB Scottish Gaelic; gl-ES Galician; gn-PY Guarani; gu-IN Gujarati; gv-IM Manx;
    ha-NG Hausa; he-IL Hebrew; hi-IN Hindi; ho-PG Hiri Motu; hr-HR Croatian; ht-HT Haitian Creole;
    hu-HU Hungarian; hy-AM Armenian; hz-NA Herero; ia Interlingua; id-ID Indonesian;
    ie-EE Interlingue; ig-NG Igbo; ii-CN Sichuan Yi; ik-US Inupiaq; io Ido; is-IS Icelandic;
    it-IT Italian; iu-CA Inuktitut; ja-JP Japanese; jv-ID Javanese; ka-GE Georgian; kg-CD Kongo;
    ki-KE Kikuyu; kj-NA Kuanyama; kk-KZ Kazakh; kl-GL Kalaallisut; km-KH Khmer; kn-IN Kannada;
    ko-KR Korean; kr-NG Kanuri; ks-IN Kashmiri; ku-TR Kurdish; kv-RU Komi; kw-GB Cornish;
    ky-KG Kyrgyz; la-VA Latin; lb-LU Luxembourgish; lg-UG Ganda; li-NL Limburgish; ln-CD Lingala;
    lo-LA Lao; lt-LT Lithuanian; lu-CD Luba-Katanga; lv-LV Latvian; mg-MG Malagasy;
    mh-MH Marshallese; mi-NZ Māori; mk-MK Macedonian; ml-IN Malayalam; mn-MN Mongolian;
    mr-IN Marathi; ms-MY Malay; mt-MT Maltese; my-MM Burmese; na-NR Nauru; nb-NO Norwegian Bokmål;
    nd-ZW North Ndebele; ne-NP Nepali; ng-NA Ndonga; nl-NL Dutch; nn-NO Norwegian Nynorsk;
    no-NO Norwegian; nr-ZA South Ndebele; nv-US Navajo; ny-MW Nyanja; oc-FR Occitan; oj-CA Ojibwa;
    om-ET Oromo; or-IN Odia; os-GE Ossetic; pa-IN Punjabi; pi-IN Pali; pl-PL Polish; ps-AF Pashto;
    pt-BR Portuguese; qu-PE Quechua; rm-CH Romansh; rn-BI Rundi; ro-RO Romanian; ru-RU Russian;
    rw-RW Kinyarwanda; sa-IN Sanskrit; sc-IT Sardinian; sd-PK Sindhi; se-NO Northern Sami;
    sg-CF Sango; sh Serbo-Croatian; si-LK Sinhala; sk-SK Slovak; sl-SI Slovenian; sm-WS Samoan;
    sn-ZW Shona; so-SO Somali; sq-AL Albanian; sr-RS Serbian; ss-ZA Swati; st-ZA Southern Sotho;
    su-ID Sundanese; sv-SE Swedish; sw-TZ Swahili; ta-IN Tamil; te-IN Telugu; tg-TJ Tajik;
    th-TH Thai; ti-ET Tigrinya; tk-TM Turkmen; tl-PH Tagalog; tn-ZA Tswana; to-TO Tongan;
    tr-TR Turkish; ts-ZA Tsonga; tt-RU Tatar; tw Twi; ty-PF Tahitian; ug-CN Uyghur;
    uk-UA Ukrainian; ur-PK Urdu; uz-UZ Uzbek; ve-ZA Venda; vi-VN Vietnamese; vo Volapük;
    wa-BE Walloon; wo-SN Wolof; xh-ZA Xhosa; yi-UA Yiddish; yo-NG Yoruba; za-CN Zhuang;
    zh-CN Chinese; zu-ZA Zulu
"""


def _named(table: str) -> dict[str, str]:
    rows = (" ".join(row.split()).partition(" ") for row in table.split(";"))
    return {code: name for code, _, name in rows}


COUNTRY_NAMES = _named(_COUNTRIES)
CURRENCY_NAMES = _named(_CURRENCIES)
LANGUAGE_NAMES = {code[:2]: name for code, name in _named(_LANGUAGES).items()}
LOCALES = {code[:2]: code for code in _named(_LANGUAGES)}


def country_name(code: str) -> str:
    """`Germany` for `DE`; the code itself where it is none of the standard."""
    return COUNTRY_NAMES.get(code, code)


def currency_name(code: str) -> str:
    """`US Dollar` for `USD`; the code itself where it is none of the standard."""
    return CURRENCY_NAMES.get(code, code)


def language_name(code: str) -> str:
    """`English` for `en`; the code itself where it is none of the standard."""
    return LANGUAGE_NAMES.get(code, code)


def locale_of(language: str) -> str:
    """`en-US` for `en`: the language as it is written where most people speak it."""
    return LOCALES.get(language, language)
