"""1024 short Finnish words, ten bits each: for passphrases that people can keep, and fingerprints they can compare.

Nouns and a few adjectives as a dictionary has them, without ä and ö, so that any keyboard writes them; picked so that
few differ from another by one letter only. The order is part of what a fingerprint means: words are never moved.
"""

import hashlib
import secrets
from typing import Final

_ALL: Final = """
    aalto aamu aarre aave ahjo ahven aika ainoa aitta akana akku alasin albumi alus ameba anis ankka ankkuri ansa
    apila arina arki arpa arvo asema aste astia asu asunto atlas aula aurinko avain avara avaruus baari baletti
    bambu banaani banjo basso beige betoni biisoni bingo blogi boksi botti bussi dahlia data diesel domino draama
    duo eepos erakko etana eteinen faksi farkut fasaani figuuri filmi foorumi gaala gaselli gepardi globus gongi
    gorilla grilli guava haapa haara hahmo hai haiku halko halla hame hammas hanhi happi harju harka harras harso
    hauki hauska heimo heitto helma helmi helppo hento herkku herne herukka hetki hiha hiiri himmeli hinta hirvi
    hissi hohto hoito holvi honka hopea hotelli huhta huilu huivi humina huntu huoli huone huopa husky huti huvila
    hylly idea idoli ihme ihmetys ihminen iho ilmasto ilme ilta into istuin itu jakku jalava jalka jalusta jano
    jarru jatko jauhe jauho jazz joki jono jooga joukko joulu jousi joutsen juhla juna juoksu juoma juoni juova
    juuri juusto kaakao kaapeli kaappi kaarna kahle kahvi kahvila kaiku kaista kaivo kajakki kala kallio kamari
    kamera kampa kanava kaneli kangas kani kannel kannu kansa kapula karhu karkki karpalo karsina kartano kartta
    kassi kastike kasvo katos katse katto katu kauko kaunis kauppa kaura kaveri kehto kehu keikka keinu keitto keko
    keli kelkka kello kelta kepeus keppi kerho kerma kerros keruu keskus kesto ketju kettu keuhko keula kide kielo
    kierros kihara kiila kiille kiire kiiski kilpa kilpi kimppu kinkku kino kirahvi kirja kirje kirkko kirves kisa
    kisko kitara kiuas kiuru kivi klubi koe koira koivu koju kokous kolibri kolikko kolmio kolo komea komero kone
    kopio koppa koriste korkki korko korpi korppi korsi kortti korva koski koti kotka koulu kova kudos kuha kukkaro
    kukko kulho kulissi kulku kulma kulta kumi kummi kumpu kunto kuohu kuokka kuori kuoro kupari kupla kuppi kurki
    kurkku kurssi kuru kutsu kuura kuusama kuusi kuva kuvio kuvitus kvartsi laakeri laakso laama laatu lahja lahna
    laituri laiva lakana laki lakka lammas lampi lamppu lanka lapa lapanen lapio lapsi lasti lastu lato latva
    laulaja laulu lauma lauta legenda lehti lehtori leija leikki leima leipuri leiri leivos lelu lempi lento lepakko
    lepo leveys levy liesi lieto liha liila liina liitto liitu lilja limu linkki linko linna linssi lintu lippa
    lippu lisko lista litra liukas lohi lohko loimu loisto loitsu lokari lokero lokki loma lomake loru louhos lounas
    lovi luento luistin luja lukko lumi lumme lumo luokka luola luoto lupa lupiini lusikka luumu luuta lyhty lyyra
    maa maalaus maali maisema maito majakka makea makkara malmi malva maneeri mango mankeli manteli marja markka
    marmori marras marssi maski massa masto matala matka maukas meduusa meloni melu menu meri merkki mestari metalli
    metri metro mieli mikki mikro minttu mitali mitta mittari moppi motelli muikku muki mukula muoti muotti muovi
    murska museo muste muta mutteri muuri muusa mylly myrsky myrtti naali naapuri naava nalle namu nappula naru
    nasta natto nauha nauris nauru nelikko nero neste neula neuvo niemi niini niitti niitty nikkeli nilkka nimi
    ninja noita nokare nopea norppa norsu nosto nuija nukke nummi nuoli nuora nuotio nuotti nuppi nurkka nurmi
    nutria nyrkki nyytti odotus ohdake ohje ohjelma ohra ohut oja okra oksa olka olki omena ommel ompelu onkalo onki
    ooppera opaali opas opisto oppi oras orava orsi osake osasto osoite otava otsikko outo ovela ovi paahto paalu
    paikka paimen paino paita paju paketti paksu palas palatsi palju palkki palko pallo palmu palsta panda paneeli
    pankki pannu papaija paperi papu paraati parila parsa parveke parvi pasha patja pato patsas patteri pauke
    pedaali peili peippo peite pekoni pelti pelto penkki pensas pentu perhe peruna pesu pesula peti peukalo piano
    pihka pihlaja piiras piirto pikari pikku pila pilari pilli pilvi pinja pinta pipo pirtti piste pitko pitsa pitsi
    piukka poika poimu polku polvi poni poppeli poro porras portti poski posti potku pouta presto prinssi puhe
    puhelin puhuri puikko puisto puku pulkka pulla pulssi pumppu puna punos puomi purje purkki puro pursi pusero
    puska putki puu puuha puuma puuro puuska pyry rahasto rahka raita raja rakenne raketti rakkaus rakko ralli ranne
    ranta rapu rasia rastas ratas ratsu ratti rauha ravinne reilu reima reimari reipas reitti reki remmi remu rengas
    renki reppu resepti retro reuna riekko riemu rieska riihi riimu riisi riitti rikas rinne ripari riski risti
    ritari rivi robotti rohkea roihu rokki romaani roosa rubiini ruisku rukki ruletti rumpali rumpu runko runo
    runsas ruoho ruoka ruoste rusakko rusetti rusina rusko ruuhka ruukku ruusu ruuvi saaga saapas saarna saarni
    saatto saippua salama salmi salonki salpa samba sammal sampi sampo sanko sarja sata satama satu satula sauna
    sauva savi seepra seimen sekki sello semla seppele serkku seura shakki siemen sieni siili siima siipi siirto
    siisti siitake siivous silakka silava silkki silmu silo silta sinappi sini sininen sipuli sirkka sirkus sirppi
    sivu skaala sohva soihtu soija sointu soitin sokeri solmio solmu soma sonni sormi sormus sorsa sorvi sotka soutu
    suhina suihku sukka suklaa suksi sulka suma sumu suntio suojus suola suomu suoni suora suppilo surina suuli
    suvanto syli symboli syreeni taakka taapero taide taika taimen taimi taito taivas takila takki taksi talja
    talkoot tallero talo taltta talvi tammi tandem tango tanssi tapa tapetti tappi tarha tarina tarkka tarmo tasanko
    tasku taso tassu tatti tauko taulu tavu teeri tehdas teippi teltta tempo tennis terho termos terva terve tiainen
    tie tieto tiikeri tiikki tiimi tiira tilaus tilkku tilli tina tipu tiski titaani tiukka tivoli toffee toive
    toivo tolppa tomu tonni tontti topaasi tori torstai torvi touhu toukka toveri trio tuhka tuike tuisku tuli
    tulppa tulva tumma tundra tunneli tunti tunturi tuohi tuokio tuoksu tuomi tuore turbo turkki turnaus turska
    tusina tussi tutka tuttu tuuli tynnyri tyyli tyyni ujo ulappa ullakko unelma uni unikko untuva upea urheilu urho
    usva utelias utu uuni uurre uutinen uuttera vaahto vaaka vaakuna vaari vaate vaha vahti vahva vaihe vaippa valas
    valinta valjaat valkea valli valo valssi valtti vaneri vanha vanilja vankka vanne vapaa vappu varis varjo varpu
    varsi varvas vasara vaski vastus vatkain vatukka vauhti vaunu veitsi velho veli vene verkko verso verstas vesa
    vesi veto viehe vieno vieras viesti vihje vihko vihta viikko viipale viiri viisas viisu viitta viiva vilja villa
    vinha vinkki vinssi vintti virka virkku virta virtaus vispi viulu vohveli voima volyymi vuode vuohi vuoka vuokko
    vuono vuoro vuosi ylpeys yrtti
"""
WORDS: Final = tuple(_ALL.split())
#: Six of them are sixty bits, which argon2id and our pepper stretch further.
OFFERED: Final = 6
FINGERPRINT: Final = 4
#: Makes it dear to look for a key that shows the same words as another.
ROUNDS: Final = 50_000


def passphrase(count: int = OFFERED) -> str:
    """Return `count` words drawn by the system's randomness, with spaces between them."""
    return " ".join(secrets.choice(WORDS) for _ in range(count))


def fingerprint(content: bytes) -> list[str]:
    """Return four words (40 bits) that follow from `content`: others follow from other content."""
    digest = hashlib.pbkdf2_hmac("sha256", content, b"tyonohjaus fingerprint", ROUNDS, dklen=8)
    number = int.from_bytes(digest, "big")
    return [WORDS[number >> shift & 1023] for shift in range(0, 10 * FINGERPRINT, 10)]
