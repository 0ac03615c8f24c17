"""First names and endings of surnames common in this region: enough to tell what a column holds. Data, no logic.

They only ever raise a question about a column whose header says nothing; no cell is judged by them.
"""

from typing import Final

FIRST_NAMES: Final = frozenset(
    """
    айгерим айгуль айдана алина алия анара асель асем аружан айсулу акмарал ботагоз гаухар гульнара гульмира данагуль
    динара жанар жанна зарина индира камила карлыгаш лаура мадина меруерт назгуль раушан сабина салтанат сауле толганай
    улжан шолпан эльмира аян азамат айдар алихан алмас арман асхат бауыржан берик болат бекзат даурен данияр ерлан
    ермек жандос жасулан ильяс кайрат канат мади марат максат мейрам мурат нурлан нурсултан олжас руслан самат санжар
    серик талгат тимур ержан анна анастасия александра алёна алена валентина валерия вера виктория галина дарья евгения
    екатерина елена зоя инна ирина карина кристина ксения лариса лидия любовь людмила маргарита марина мария надежда
    наталья нина оксана олеся ольга полина светлана софия софья тамара татьяна юлия яна александр алексей анатолий
    андрей антон артём артем борис вадим валерий василий виктор виталий владимир владислав вячеслав геннадий георгий
    григорий даниил денис дмитрий евгений егор иван игорь илья кирилл константин лев леонид максим михаил никита
    николай олег павел пётр петр роман семён сергей станислав степан юрий ярослав aigerim asel dinara madina anna maria
    elena olga irina natalia ivan sergey alexey dmitry andrey alexander mikhail nikolay nurlan yerlan serik timur john
    james robert michael william david thomas mary jennifer linda elizabeth susan sarah emma olivia daniel peter paul
    """.split()  # noqa: SIM905 (a list of words)
)

SURNAME_ENDINGS: Final = (
    *("ов", "ова", "ев", "ева", "ёв", "ёва", "ин", "ина", "ын", "ына", "ский", "ская", "цкий", "цкая", "енко", "чук"),
    *("дзе", "швили", "ұлы", "қызы", "улы", "кызы", "ov", "ova", "ev", "eva", "yev", "yeva", "sky", "skaya", "enko"),
)
