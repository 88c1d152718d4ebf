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

dictionary-DOCUMENT_RELATIONSHIP_TYPE-DOCUMENT = Документ
dictionary-DOCUMENT_RELATIONSHIP_TYPE-COURT_DECISION = Рішення суду
dictionary-DOCUMENT_RELATIONSHIP_TYPE-BIRTH_CERTIFICATE = Свідоцтво про народження
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

dictionary-PHONE_TYPE-MOBILE = мобільний
dictionary-PHONE_TYPE-LAND_LINE = стаціонарний

dictionary-AUTHENTICATION_METHOD-OTP = кодом із СМС
dictionary-AUTHENTICATION_METHOD-OFFLINE = за документами
dictionary-AUTHENTICATION_METHOD-THIRD_PERSON = через законного представника

dictionary-PREFERRED_WAY_COMMUNICATION-email = електронна пошта
dictionary-PREFERRED_WAY_COMMUNICATION-phone = телефон

dictionary-CONFIDANT_PERSON_TYPE-PRIMARY = основний
dictionary-CONFIDANT_PERSON_TYPE-SECONDARY = додатковий
