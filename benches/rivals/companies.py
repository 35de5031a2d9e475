"""Supplier files and registries as `matchflow generate` writes them: read, cleaned for comparison, and scored.

Cleaning is what a user of a general tool would write in SQL: no accents, no punctuation, no legal forms or titles, one
spelling for frequent street types, identifiers and postcodes as digits. It shares no list with matchflow or its
generator. Both sides come out with the same columns, which `link.py` and `cdist.py` read. The registry keeps open
establishments that INSEE publishes, as `pipelines/suppliers.yaml` does; suppliers whose country column names another
country are left out, and count as not answered.
"""

import csv
from pathlib import Path

import duckdb
import pandas

from cluster_scores import f1
from measure import print_table

# The precision that is asked for where a wrong match costs more than a missed one.
PRECISION_BAR = 0.995

LEGAL_FORMS = """SA SAS SASU SARL EURL SCI SNC SCP SCM SCOP SCIC SCA SCS SE SEL SELARL SELAS SELAFA SELCA EARL GAEC GIE
GFA GEIE EI EIRL SPRL STE SOC SOCIETE ETS ETABLISSEMENT ETABLISSEMENTS CIE COMPAGNIE ASSOC ASSOCIATION ENTREPRISE ENT
M MR MME MLLE MM MONSIEUR MADAME MADEMOISELLE DR DOCTEUR ME MAITRE LTD LIMITED GMBH INC LLC SPA BV NV""".split()
SMALL_WORDS = "DE DU DES LA LE LES L D ET A AU AUX EN SUR SOUS".split()
STREET_TYPES = {
    "AV": "AVENUE", "AVE": "AVENUE", "BD": "BOULEVARD", "BLD": "BOULEVARD", "BVD": "BOULEVARD", "BOUL": "BOULEVARD",
    "R": "RUE", "RTE": "ROUTE", "CH": "CHEMIN", "CHE": "CHEMIN", "CHEM": "CHEMIN", "PL": "PLACE", "ALL": "ALLEE",
    "IMP": "IMPASSE", "SQ": "SQUARE", "FG": "FAUBOURG", "FBG": "FAUBOURG", "CRS": "COURS", "PASS": "PASSAGE",
    "RES": "RESIDENCE", "ST": "SAINT", "STE": "SAINTE", "GAL": "GENERAL", "MAL": "MARECHAL",
}  # fmt: skip
TOWN_NOISE = "CEDEX ARRONDISSEMENT EME ER E".split()
FRANCE = "FRANCE FR F".split()


def connect(memory_gb):
    connection = duckdb.connect()
    connection.execute(f"SET threads = 2; SET memory_limit = '{memory_gb}GB'")
    _define_cleaning(connection)
    return connection


def _sql_list(words):
    return "[" + ", ".join(f"'{word}'" for word in words) + "]"


def _define_cleaning(connection):
    street_types = "MAP {" + ", ".join(f"'{short}': '{long}'" for short, long in STREET_TYPES.items()) + "}"
    connection.execute(f"""
        CREATE MACRO plain(text) AS trim(regexp_replace(upper(strip_accents(text)), '[^A-Z0-9]+', ' ', 'g'));
        CREATE MACRO words(text) AS list_filter(string_split(plain(text), ' '), lambda word: word <> '');
        CREATE MACRO without(list, noise) AS list_filter(list, lambda word: NOT list_contains(noise, word));
        CREATE MACRO unless_empty(list, fallback) AS CASE WHEN len(list) > 0 THEN list ELSE fallback END;
        CREATE MACRO name_words(text) AS
            unless_empty(without(words(replace(text, '.', '')), {_sql_list(LEGAL_FORMS)}), words(text));
        CREATE MACRO name(text) AS nullif(array_to_string(name_words(text), ' '), '');
        CREATE MACRO street(text) AS nullif(array_to_string(without(list_transform(
            words(text), lambda word: coalesce({street_types}[word], word)), {_sql_list(SMALL_WORDS)}), ' '), '');
        CREATE MACRO town(text) AS nullif(array_to_string(without(list_transform(
            words(regexp_replace(text, '[0-9]+ *(E|EME|ER)?', ' ', 'g')),
            lambda word: coalesce({street_types}[word], word)), {_sql_list(TOWN_NOISE + SMALL_WORDS)}), ' '), '');
        CREATE MACRO digits(text) AS regexp_replace(text, '[^0-9]', '', 'g');
        CREATE MACRO postcode(text) AS
            CASE WHEN len(digits(text)) BETWEEN 4 AND 5 THEN lpad(digits(text), 5, '0') END;
    """)


def read_suppliers(connection, folder):
    """Makes the table `suppliers_read`; a row's place in the file is its id, as in `truth.csv`. Returns how many."""
    workbook, text = folder / "suppliers.xlsx", folder / "suppliers.csv"
    if text.exists():
        frame = pandas.read_csv(text, sep=";", dtype=str, encoding="utf-8-sig")
    else:
        frame = pandas.read_excel(workbook, dtype=str)
    connection.register("suppliers_frame", frame)
    connection.execute(f"""
        CREATE TABLE suppliers_read AS
        SELECT row_number() OVER () - 1 AS id, *,
               "Pays" IS NULL OR list_contains({_sql_list(FRANCE)}, plain("Pays")) AS in_france
        FROM suppliers_frame
    """)
    connection.unregister("suppliers_frame")
    return len(frame)


def clean_suppliers(connection):
    """Makes the table `suppliers_clean`; the SIREN is taken out of whatever identifier was typed."""
    connection.execute("""
        CREATE TABLE suppliers_clean AS
        WITH identified AS (SELECT *, digits("Code SIRET") AS typed, digits("Code NIF") AS vat FROM suppliers_read)
        SELECT id AS unique_id,
               CASE WHEN len(typed) = 14 THEN typed WHEN len(vat) = 14 THEN vat END AS siret,
               CASE WHEN len(typed) IN (9, 14) THEN left(typed, 9)
                    WHEN len(vat) = 14 THEN left(vat, 9)
                    WHEN len(vat) = 11 AND upper("Code NIF") LIKE 'FR%' THEN right(vat, 9) END AS siren,
               CASE WHEN name("Nom") IS NULL THEN [] ELSE [name("Nom")] END AS names,
               street(concat_ws(' ', "Adresse 1", "Adresse 2", "Adresse 3")) AS street,
               postcode("Postal") AS postcode,
               town("Ville") AS town
        FROM identified WHERE in_france
    """)


def clean_registry(connection, folder):
    """Makes the table `registry_clean`; `names` are all that a company goes by. Returns the number of its rows."""
    connection.execute(f"""
        CREATE TABLE registry_clean AS
        SELECT row_number() OVER () AS unique_id, siret, siren,
               list_distinct(list_filter([
                   name(denominationUniteLegale), name(sigleUniteLegale), name(denominationUsuelle1UniteLegale),
                   name(enseigne1Etablissement), name(denominationUsuelleEtablissement),
                   name(concat_ws(' ', prenomUsuelUniteLegale, nomUniteLegale))
               ], lambda one: one IS NOT NULL)) AS names,
               street(concat_ws(' ', numeroVoieEtablissement, indiceRepetitionEtablissement, typeVoieEtablissement,
                                libelleVoieEtablissement)) AS street,
               postcode(codePostalEtablissement) AS postcode,
               town(libelleCommuneEtablissement) AS town
        FROM '{folder / "registry.parquet"}'
        WHERE etatAdministratifEtablissement = 'A' AND statutDiffusionEtablissement IN ('O', 'P')
    """)
    return connection.execute("SELECT count(*) FROM registry_clean").fetchall()[0][0]


def read_truth(folder, rows):
    """The true SIREN of every supplier row, in the order of the rows; None where the registry does not have it."""
    with open(Path(folder) / "truth.csv", newline="", encoding="utf-8") as file:
        truth = [row["siren"] or None for row in csv.DictReader(file)]
    if len(truth) != rows:
        raise SystemExit(f"{folder}: {rows} suppliers, but {len(truth)} rows in truth.csv")
    return truth


def score_links(answers, truth):
    """Precision, recall and F1 by threshold of the best candidate's SIREN, as `matchflow evaluate` counts.

    `answers` are (row, siren, score), one a supplier; `truth` is the true SIREN or None by row, of all suppliers or of
    a sample of them. A wrong answer to a supplier that the registry has is both wrong and missed; any answer to one
    that it does not have is wrong.
    """
    present = sum(siren is not None for siren in truth.values())
    right = wrong = 0
    figures = []
    ranked = sorted(answers, key=lambda answer: -answer[2])
    for place, (row, siren, score) in enumerate(ranked):
        correct = truth[row] is not None and truth[row] == siren
        right, wrong = right + correct, wrong + (not correct)
        if place + 1 == len(ranked) or ranked[place + 1][2] != score:
            precision, recall = right / (right + wrong), right / present
            figures.append({"threshold": score, "precision": precision, "recall": recall, "f1": f1(precision, recall)})
    return figures


def notable(figures):
    """The threshold with the best F1, and the one with the most recall at the precision that is asked for."""
    picked = [{"chosen_for": "best F1"} | max(figures, key=lambda at: at["f1"])]
    precise = [at for at in figures if at["precision"] >= PRECISION_BAR]
    if precise:
        picked.append({"chosen_for": f"precision {PRECISION_BAR}"} | max(precise, key=lambda at: at["recall"]))
    return picked


def print_scores(scores, variant):
    """A row a score; `variant` names the key that tells what was tried."""
    numbers = ("precision", "recall", "f1")
    print_table(
        [variant, "chosen for", "threshold", "SIREN precision", "recall", "F1"],
        [
            [at[variant], at["chosen_for"], f"{at['threshold']:.2f}", *(f"{at[number]:.4f}" for number in numbers)]
            for at in scores
        ],
    )
    print("thresholds chosen on the truth\n")
