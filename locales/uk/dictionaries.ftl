# Значення довідників словами.

dictionary-GENDER-MALE = чоловіча
dictionary-GENDER-FEMALE = жіноча

dictionary-DOCUMENT_TYPE-PASSPORT = Паспорт
dictionary-DOCUMENT_TYPE-NATIONAL_ID = Біометричний паспорт
dictionary-DOCUMENT_TYPE-BIRTH_CERTIFICATE = Свідоцтво про народження
dictionary-DOCUMENT_TYPE-BIRTH_CERTIFICATE_FOREIGN = Свідоцтво про народження, видане іншою державою
dictionary-DOCUMENT_TYPE-COMPLEMENTARY_PROTECTION_CERTIFICATE = Посвідчення особи, яка потребує додаткового захисту
dictionary-DOCUMENT_TYPE-REFUGEE_CERTIFICATE = Посвідчення біженця
dictionary-DOCUMENT_TYPE-TEMPORARY_CERTIFICATE = Посвідка на проживання
dictionary-DOCUMENT_TYPE-TEMPORARY_PASSPORT = Тимчасове посвідчення громадянина України
dictionary-DOCUMENT_TYPE-PERMANENT_RESIDENCE_PERMIT = Посвідка на постійне проживання
dictionary-DOCUMENT_TYPE-MARRIAGE_CERTIFICATE = Свідоцтво про шлюб
dictionary-DOCUMENT_TYPE-DIVORCE_CERTIFICATE = Свідоцтво про розірвання шлюбу
dictionary-DOCUMENT_TYPE-COURT_DECISION_LEGAL_CAPACITY = Рішення суду про надання повної цивільної дієздатності
dictionary-DOCUMENT_TYPE-COURT_DECISION_DIVORCE = Рішення суду про розірвання шлюбу
dictionary-DOCUMENT_TYPE-GUARDIANSHIP_DECISION_LEGAL_CAPACITY = Рішення органу опіки та піклування про надання повної цивільної дієздатності
dictionary-DOCUMENT_TYPE-STATE_REGISTER_EXTRACT = Витяг з Єдиного державного реєстру
dictionary-DOCUMENT_TYPE-LEGAL_CAPACITY_DOCUMENT = Документ про набуття повної цивільної дієздатності

dictionary-DOCUMENT_RELATIONSHIP_TYPE-DOCUMENT = Документ
dictionary-DOCUMENT_RELATIONSHIP_TYPE-COURT_DECISION = Рішення суду
dictionary-DOCUMENT_RELATIONSHIP_TYPE-BIRTH_CERTIFICATE = Свідоцтво про народження
dictionary-DOCUMENT_RELATIONSHIP_TYPE-BIRTH_CERTIFICATE_FOREIGN = Свідоцтво про народження, видане іншою державою
dictionary-DOCUMENT_RELATIONSHIP_TYPE-CONFIDANT_CERTIFICATE = Посвідчення опікуна

dictionary-ADDRESS_TYPE-RESIDENCE = Адреса проживання
dictionary-ADDRESS_TYPE-REGISTRATION = Адреса реєстрації

dictionary-COUNTRY-UA = Україна

dictionary-SETTLEMENT_TYPE-CITY = місто
dictionary-SETTLEMENT_TYPE-TOWNSHIP = селище міського типу
dictionary-SETTLEMENT_TYPE-SETTLEMENT = селище
dictionary-SETTLEMENT_TYPE-VILLAGE = село

dictionary-STREET_TYPE-STREET = вулиця
dictionary-STREET_TYPE-AVENUE = проспект
dictionary-STREET_TYPE-BOULEVARD = бульвар
dictionary-STREET_TYPE-SQUARE = площа
dictionary-STREET_TYPE-PASS = провулок
dictionary-STREET_TYPE-HIGHWAY = шосе
dictionary-STREET_TYPE-MAIDAN = майдан
dictionary-STREET_TYPE-ASCENT = узвіз
dictionary-STREET_TYPE-RIVER_SIDE = набережна
dictionary-STREET_TYPE-MICRODISTRICT = мікрорайон
dictionary-STREET_TYPE-BLIND_STREET = тупик
dictionary-STREET_TYPE-ALLEY = алея
dictionary-STREET_TYPE-BLOCK = квартал
dictionary-STREET_TYPE-BOARGING_HOUSE = пансіонат
dictionary-STREET_TYPE-COUNTRY_LANE = завулок
dictionary-STREET_TYPE-CROSSROADS = розвилка
dictionary-STREET_TYPE-DACHA_COOPERATIVE = дачний кооператив
dictionary-STREET_TYPE-ENTRANCE = вʼїзд
dictionary-STREET_TYPE-FORESTRY = лісництво
dictionary-STREET_TYPE-GROVE = гай
dictionary-STREET_TYPE-HAMLET = хутір
dictionary-STREET_TYPE-HOUSING_AREA = житловий масив
dictionary-STREET_TYPE-ISLAND = острів
dictionary-STREET_TYPE-LANE = провулок
dictionary-STREET_TYPE-LINE = лінія
dictionary-STREET_TYPE-MILITARY_BASE = військова частина
dictionary-STREET_TYPE-MINE = шахта
dictionary-STREET_TYPE-PARK = парк
dictionary-STREET_TYPE-PASSAGE = проїзд
dictionary-STREET_TYPE-PASSING_LOOP = розʼїзд
dictionary-STREET_TYPE-ROAD = дорога
dictionary-STREET_TYPE-SANATORIUM = санаторій
dictionary-STREET_TYPE-SELECTION_BASE = селекційна станція
dictionary-STREET_TYPE-SETTLEMENT = селище
dictionary-STREET_TYPE-GARDEN_SQUARE = сквер
dictionary-STREET_TYPE-STATE_FARM = радгосп
dictionary-STREET_TYPE-STATION = станція
dictionary-STREET_TYPE-STATION_SETTLEMENT = станційне селище
dictionary-STREET_TYPE-TRACK = траса
dictionary-STREET_TYPE-ROADWAY = тракт
dictionary-STREET_TYPE-TRACT = урочище
dictionary-STREET_TYPE-WAY = шлях

dictionary-PHONE_TYPE-MOBILE = мобільний
dictionary-PHONE_TYPE-LAND_LINE = стаціонарний

dictionary-AUTHENTICATION_METHOD-OTP = кодом із СМС
dictionary-AUTHENTICATION_METHOD-OFFLINE = за документами
dictionary-AUTHENTICATION_METHOD-THIRD_PERSON = через законного представника

dictionary-PREFERRED_WAY_COMMUNICATION-email = електронна пошта
dictionary-PREFERRED_WAY_COMMUNICATION-phone = телефон

dictionary-CONFIDANT_PERSON_TYPE-PRIMARY = основний
dictionary-CONFIDANT_PERSON_TYPE-SECONDARY = додатковий
