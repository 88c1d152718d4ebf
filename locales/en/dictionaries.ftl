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
dictionary-DOCUMENT_TYPE-MARRIAGE_CERTIFICATE = Marriage certificate
dictionary-DOCUMENT_TYPE-DIVORCE_CERTIFICATE = Divorce certificate
dictionary-DOCUMENT_TYPE-COURT_DECISION_LEGAL_CAPACITY = Court decision on full legal capacity
dictionary-DOCUMENT_TYPE-COURT_DECISION_DIVORCE = Court decision on divorce
dictionary-DOCUMENT_TYPE-GUARDIANSHIP_DECISION_LEGAL_CAPACITY = Guardianship authority’s decision on full legal capacity
dictionary-DOCUMENT_TYPE-STATE_REGISTER_EXTRACT = Extract from the State Register
dictionary-DOCUMENT_TYPE-LEGAL_CAPACITY_DOCUMENT = Document on full legal capacity

dictionary-DOCUMENT_RELATIONSHIP_TYPE-DOCUMENT = Document
dictionary-DOCUMENT_RELATIONSHIP_TYPE-COURT_DECISION = Court decision
dictionary-DOCUMENT_RELATIONSHIP_TYPE-BIRTH_CERTIFICATE = Birth certificate
dictionary-DOCUMENT_RELATIONSHIP_TYPE-BIRTH_CERTIFICATE_FOREIGN = Birth certificate issued by another state
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
dictionary-STREET_TYPE-ALLEY = alley
dictionary-STREET_TYPE-BLOCK = block
dictionary-STREET_TYPE-BOARGING_HOUSE = boarding house
dictionary-STREET_TYPE-COUNTRY_LANE = country lane
dictionary-STREET_TYPE-CROSSROADS = crossroads
dictionary-STREET_TYPE-DACHA_COOPERATIVE = dacha cooperative
dictionary-STREET_TYPE-ENTRANCE = entrance
dictionary-STREET_TYPE-FORESTRY = forestry
dictionary-STREET_TYPE-GROVE = grove
dictionary-STREET_TYPE-HAMLET = hamlet
dictionary-STREET_TYPE-HOUSING_AREA = housing area
dictionary-STREET_TYPE-ISLAND = island
dictionary-STREET_TYPE-LANE = lane
dictionary-STREET_TYPE-LINE = line
dictionary-STREET_TYPE-MILITARY_BASE = military base
dictionary-STREET_TYPE-MINE = mine
dictionary-STREET_TYPE-PARK = park
dictionary-STREET_TYPE-PASSAGE = passage
dictionary-STREET_TYPE-PASSING_LOOP = passing loop
dictionary-STREET_TYPE-ROAD = road
dictionary-STREET_TYPE-SANATORIUM = sanatorium
dictionary-STREET_TYPE-SELECTION_BASE = breeding station
dictionary-STREET_TYPE-SETTLEMENT = settlement
dictionary-STREET_TYPE-GARDEN_SQUARE = garden square
dictionary-STREET_TYPE-STATE_FARM = state farm
dictionary-STREET_TYPE-STATION = station
dictionary-STREET_TYPE-STATION_SETTLEMENT = station settlement
dictionary-STREET_TYPE-TRACK = route
dictionary-STREET_TYPE-ROADWAY = roadway
dictionary-STREET_TYPE-TRACT = tract
dictionary-STREET_TYPE-WAY = way

dictionary-PHONE_TYPE-MOBILE = mobile
dictionary-PHONE_TYPE-LAND_LINE = landline

dictionary-AUTHENTICATION_METHOD-OTP = by a code from an SMS
dictionary-AUTHENTICATION_METHOD-OFFLINE = by documents
dictionary-AUTHENTICATION_METHOD-THIRD_PERSON = through a legal representative

dictionary-PREFERRED_WAY_COMMUNICATION-email = e-mail
dictionary-PREFERRED_WAY_COMMUNICATION-phone = phone

dictionary-CONFIDANT_PERSON_TYPE-PRIMARY = primary
dictionary-CONFIDANT_PERSON_TYPE-SECONDARY = secondary
