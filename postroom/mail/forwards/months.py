"""The months as people's mail programs write them, by language: data only, stems in order, alternatives by ``|``."""

from __future__ import annotations

MONTHS: dict[str, str] = {
    "en": "jan feb mar apr may jun jul aug sep oct nov dec",
    "de": "jan|jän feb mär|mrz|maer apr mai jun jul aug sep okt nov dez",
    "fr": "janv fév|fevr mars avr mai juin juil août|aout sept oct nov déc",
    "es": "ene feb mar abr may jun jul ago sep|set oct nov dic",
    "it": "gen feb mar apr mag giu lug ago set ott nov dic",
    "pt": "jan fev mar abr mai jun jul ago set out nov dez",
    "ca": "gen febr març abr maig juny jul ag set oct nov des",
    "nl": "jan feb maa|mrt apr mei jun jul aug sep okt nov dec",
    "pl": "sty lut mar kwi maj cze lip sie wrz paź|paz lis gru",
    "sv": "jan feb mar apr maj jun jul aug sep okt nov dec",
    "no": "jan feb mar apr mai jun jul aug sep okt nov des",
    "fi": "tammi helmi maalis huhti touko kesä heinä elo syys loka marras joulu",
    "cs": "led úno bře dub kvě čvn|červen čvc|červenec srp zář říj lis pro",
    "sk": "jan feb mar apr máj jún júl aug sep okt nov dec",
    "hu": "jan feb márc ápr máj jún júl aug szept okt nov dec",
    "ro": "ian feb mar|mart apr mai iun iul aug sep oct noi|nov dec",
    "el": "ιαν φεβ μαρ|μάρ απρ μαΐ|μαι|μάι|μαϊ ιουν|ιούν ιουλ|ιούλ αυγ|αύγ σεπ οκτ νοε|νοέ δεκ",
    "tr": "oca şub mar nis may haz tem ağu eyl eki kas ara",
    "ru": "янв фев мар апр май|мая июн июл авг сен окт ноя дек",
    "uk": "січ лют бер кві тра чер лип сер вер жов лис гру",
    "bg": "яну фев мар апр май юни юли авг сеп окт ное дек",
    "hr": "siječ|sij velj ožu tra svi lipa|lipnja srpa|srpnja kol ruj okt stu pros",
    "et": "jaan veebr märts apr mai juuni juuli aug sept okt nov dets",
    "lt": "saus vas kov bal geg birž liep rugp rugs spal lapkr gruod",
    "lv": "janv febr mart apr maij jūn jūl aug sept okt nov dec",
    "he": "ינו פבר מרץ|מרס אפר מאי יונ יול אוג ספט אוק נוב דצמ",
    "ar": "يناير فبراير مارس أبريل|ابريل|إبريل مايو يونيو يوليو أغسطس|اغسطس سبتمبر أكتوبر|اكتوبر نوفمبر ديسمبر",
    "id": "jan feb|peb mar apr mei jun jul agu|agt sep okt nov des",
    "hi": "जन फ़र|फर मार्च अप्रै मई जून जुल अग सित अक्टू|अक्तू नव दिस",
}
# Written with stops and without spaces: looked for anywhere.
MONTHS_INSIDE: dict[str, str] = {
    "th": "ม.ค.|มกราคม ก.พ.|กุมภาพันธ์ มี.ค.|มีนาคม เม.ย.|เมษายน พ.ค.|พฤษภาคม มิ.ย.|มิถุนายน ก.ค.|กรกฎาคม ส.ค.|สิงหาคม "
    "ก.ย.|กันยายน ต.ค.|ตุลาคม พ.ย.|พฤศจิกายน ธ.ค.|ธันวาคม",
}
AFTER_NOON = "pm|p.m|p. m|p m|μ.μ|μμ|下午|晚上|午後|오후|ös|م|ch|chiều|tối|du|pp|пп|abends|de la tarde|d. c"
BEFORE_NOON = "am|a.m|a. m|π.μ|πμ|上午|凌晨|午前|오전|öö|ص|sa|sáng|de|ip|дп"
ZONES: dict[str, float] = {
    "utc": 0, "gmt": 0, "z": 0, "wet": 0, "cet": 1, "mez": 1, "bst": 1, "cest": 2, "mesz": 2, "eet": 2, "sast": 2,
    "eest": 3, "msk": 3, "ist": 5.5, "jst": 9, "kst": 9, "aest": 10, "aedt": 11, "est": -5, "edt": -4, "cst": -6,
    "cdt": -5, "mst": -7, "mdt": -6, "pst": -8, "pdt": -7, "brt": -3, "art": -3,
}  # fmt: skip
