"""Words that sentences commonly begin with, in the three languages: a capital there tells nothing of them.

Only such as are nobody's name: aina, lempi, rauha, per, will, may and their like are left out, so that Aina is offered.
"""

from typing import Final

FINNISH: Final = """
aamulla ainakin ainoa alkuun alussa asia asiaa asiakas asiakkaan asiakkaat ehkä ei eihän eikä eilen eivät emme en
enemmän ennen ensi ensiksi ensimmäinen ensin erityisesti eräs esihenkilö esimerkiksi esimies et ette että haluaisin
haluamme haluan halusin he heidän heidät heille heillä heistä heitä hetken hieman huomaan huomasin hyvin hyvä hän
häneen hänelle hänellä häneltä hänen hänessä hänestä hänet häntä ihan ihmettelen ihmettelin illalla ilman isä itse ja
jatkossa jo johtaja joka jokainen jokin joku jolloin jonka jos joskus jossain jotain joten jotenkin jotka jotkut juuri
jäin jälkeen kaiken kaikesta kaikki kaikkiaan kaikkien kaksi kanssa kerran kerroin kertoi kesken keskustelimme
keskustelussa kesällä keväällä kiitos koin koko kolme koska koskaan kotona koulutuksen kuin kuinka kuitenkaan
kuitenkin kukaan kukin kummallakin kumpikin kun kuten kuulin kyllä kysyi kysyin kysyn kävi lapsen lapset lapsi lisäksi
lopuksi lopulta luulen luulin me meidän meidät meille meillä meistä meitä melkein mielessä mielestäni mietin miksi
mikä mikään millainen milloin minkä minua minulla minulle minulta minun minusta minut minä missä mistä mitä mitään
monet moni montako muiden muista muistan mutta muut muutama muuten myöhemmin myös mä niiden niihin niin niinpä niistä
niitä no noin nousi nuo nyt näen näiden näihin näin näistä näkyi nämä näytti näyttää odotan odotin ohjaaja ohjattava
ohjattavan oikeastaan olemme olen olet oli olimme olin olisi olisiko olisin olivat oma omaa omat on onko onneksi osa
ovat paitsi palaan palasin paljon pari perhe pian pitkään pitäisi pitää pohdimme pohdin potilas puhuimme puhuin päivä
päivällä päätimme päätin ratkaisu ryhmä ryhmän ryhmässä saimme sain samaan samalla samoin sano sanoi sanoin se sehän
sekin sekä seuraavaksi seuraavalla seuraavana siellä sieltä siihen siinä siis siitä silloin sillä silti sinä sitten
sitä sovimme suurin syksyllä taas talvella tapaamisen tapaamisessa tapasin tarkoitus tiedän tiesin tiimi tiimin toinen
toisaalta toisen toiset toisin toivoin toivon toki totesin tuli tulin tunne tunnen tunsin tuntui tuntuu tuo tuolloin
tuon tuossa tuskin työ työnohjauksen työnohjauksessa työnohjaus työntekijä työyhteisö tähän tällä tämä tämän tänään
tässä tästä tätä täällä vaan vai vaikka vain vanhemmat vasta viikko viime viimeksi voi voiko voin voisi voisiko voisin
vähän väliin välillä yhdessä yhtenä yhä yksi yleensä yllättävää ymmärrän ymmärsin yritimme yritin yritän äiti äsken
ääneen
"""
SWEDISH: Final = """
alla allt att av bara barnen barnet båda chefen de dem den denna deras dess dessa det detta dit du där därefter därför
då efter eftersom ej eller en ena enligt ett fast flera fram från för förra först ganska genom gruppen ha han
handledaren handledningen hans har hela henne hennes hon honom hos hur här i ibland idag igår ingen inget innan inte
ja jag jo kan kanske klienten kunde mamma man med medan men mig min mina mitt mot mycket många måste ni nu när nästa
nästan någon något några och också om pappa på sa sade samma sedan senare sig sin sist ska skulle slutligen som så
således tack teamet till tills trots under upp ur ut utan vad var varför varje vem vi vid vidare vilken vilket vill
visst vår våra även över överlag
"""
ENGLISH: Final = """
a about after again all also although always an and another any are as at back be because been before both but by can
client could did do does during each either even every everybody everyone everything few finally first for from given
group had has have he her here hers him his how however if in indeed instead is it its just last later let like
manager many maybe me meanwhile more most much must my neither never next no nobody none nor not nothing now of often
on once one only or other our ours out over perhaps quite rather same second she should since so some somebody somehow
someone something sometimes soon still such supervisor team than that the their them then there therefore these they
this those though three through thus to today together tomorrow too two under until up usually very was we well were
what when where whether which while who whom whose why with without would yes yesterday yet you your
"""
OPENERS: Final = frozenset(f"{FINNISH} {SWEDISH} {ENGLISH}".split())
