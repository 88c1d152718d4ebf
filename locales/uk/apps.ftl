# Застосунки, яким надано доступ.

apps-link = Переглянути застосунки, що вже мають доступ
apps-heading = Застосунки з доступом до ваших даних
apps-heading-patient = Застосунки з доступом до даних пацієнта
apps-whose-patient = Тут лише те, що надали ви. Пацієнт: { $patient }.
apps-none = Жоден застосунок не має доступу.
apps-back = Повернутися до надання доступу
apps-can = Що може
apps-since = Доступ надано
apps-until = Діє до
apps-used = Останній вхід
apps-never-used = Ще не було
apps-over = Термін дії минув
apps-by-confidant = Діє ваш представник
apps-revoke-button = Скасувати доступ: { $client }
apps-revoked = Доступ скасовано: { $client }.
revoke-title = Скасування доступу
revoke-heading = Скасувати доступ для { $client }?
revoke-what = Застосунок одразу втратить доступ. Щоб надати його знову, почніть у застосунку.
revoke-confirm-button = Так, скасувати
revoke-leave-button = Залишити
