# Values of dictionaries in words.

dictionary-GENDER-MALE = male
dictionary-GENDER-FEMALE = female

dictionary-DOCUMENT_TYPE-PASSPORT = Passport
dictionary-DOCUMENT_TYPE-NATIONAL_ID = Biometric passport (ID card)
dictionary-DOCUMENT_TYPE-BIRTH_CERTIFICATE = Birth certificate
dictionary-DOCUMENT_TYPE-BIRTH_CERTIFICATE_FOREIGN = Birth certificate issued abroad
dictionary-DOCUMENT_TYPE-COMPLEMENTARY_PROTECTION_CERTIFICATE = Certificate of a person in need of complementary protection
dictionary-DOCUMENT_TYPE-REFUGEE_CERTIFICATE = Refugee certificate
dictionary-DOCUMENT_TYPE-TEMPORARY_CERTIFICATE = Residence permit
dictionary-DOCUMENT_TYPE-TEMPORARY_PASSPORT = Temporary certificate of a citizen of Ukraine
dictionary-DOCUMENT_TYPE-PERMANENT_RESIDENCE_PERMIT = Permanent residence permit

dictionary-DOCUMENT_RELATIONSHIP_TYPE-DOCUMENT = Document
dictionary-DOCUMENT_RELATIONSHIP_TYPE-COURT_DECISION = Court decision
dictionary-DOCUMENT_RELATIONSHIP_TYPE-BIRTH_CERTIFICATE = Birth certificate
dictionary-DOCUMENT_RELATIONSHIP_TYPE-CONFIDANT_CERTIFICATE = Guardian’s certificate

dictionary-ADDRESS_TYPE-RESIDENCE = Home address
dictionary-ADDRESS_TYPE-REGISTRATION = Registered address

dictionary-COUNTRY-UA = Ukraine

dictionary-SETTLEMENT_TYPE-CITY = city
dictionary-SETTLEMENT_TYPE-TOWNSHIP = township
dictionary-SETTLEMENT_TYPE-SETTLEMENT = settlement
dictionary-SETTLEMENT_TYPE-VILLAGE = village

dictionary-STREET_TYPE-STREET = street
dictionary-STREET_TYPE-AVENUE = avenue
dictionary-STREET_TYPE-BOULEVARD = boulevard
dictionary-STREET_TYPE-SQUARE = square
dictionary-STREET_TYPE-PASS = lane
dictionary-STREET_TYPE-HIGHWAY = highway
dictionary-STREET_TYPE-MAIDAN = maidan
dictionary-STREET_TYPE-ASCENT = ascent
dictionary-STREET_TYPE-RIVER_SIDE = embankment
dictionary-STREET_TYPE-MICRODISTRICT = microdistrict
dictionary-STREET_TYPE-BLIND_STREET = dead end

dictionary-PHONE_TYPE-MOBILE = mobile
dictionary-PHONE_TYPE-LAND_LINE = landline

dictionary-AUTHENTICATION_METHOD-OTP = by a code from an SMS
dictionary-AUTHENTICATION_METHOD-OFFLINE = by documents
dictionary-AUTHENTICATION_METHOD-THIRD_PERSON = through a legal representative

dictionary-PREFERRED_WAY_COMMUNICATION-email = e-mail
dictionary-PREFERRED_WAY_COMMUNICATION-phone = phone

dictionary-CONFIDANT_PERSON_TYPE-PRIMARY = primary
dictionary-CONFIDANT_PERSON_TYPE-SECONDARY = secondary
