// The whole journey between the pretend client and the service, as people take it: with scripts and without, by mouse and by
// keyboard, straight on and astray.
import assert from "node:assert/strict";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";

import { axe, focused, launch, output, overflowing, screenshot, startDemo } from "./harness.mjs";

let browser;
let demo;

before(async () => {
  await rm(join(output, "journey"), { recursive: true, force: true });
  [browser, demo] = await Promise.all([launch(), startDemo()]);
});

after(async () => {
  await browser?.close();
  const code = await demo?.stop();
  // What a person is called, and what a browser carried, stays out of the log.
  assert.deepEqual(demo?.log().match(/Зразков|янець|user_data|[?&]\w+=|(?<![\w-])[\w-]{43}(?![\w-])/g) ?? [], []);
  assert.equal(code, 0);
});

const path = (page) => new URL(page.url()).pathname;
const heading = async (page) => (await page.locator("h1").textContent()).replaceAll("\u00a0", " ");
const button = (page, name) => page.getByRole("button", { name, exact: true });
const confirm = (page) => button(page, "Підтвердити дані й продовжити").click();
const grant = (page) => button(page, "Надати доступ").click();
const leave = (page) => page.getByRole("link", { name: "Повернутися до застосунку Ромашка" }).click();

/** A browser of one person; `wrong` collects what its console complains of, and addresses that say too much. */
async function person(t, options = {}) {
  const context = await browser.newContext({ reducedMotion: "reduce", ...options });
  t.after(() => context.close());
  const wrong = [];
  context.on("page", (page) => {
    page.on("console", (message) => {
      // An answer with an error status is told to the console too; it is what some tests are about.
      if (message.type() === "error" && !message.text().startsWith("Failed to load resource")) wrong.push(message.text());
    });
    page.on("pageerror", (error) => wrong.push(error.message));
    page.on("framenavigated", (frame) => {
      if (/\/(sign-up|accept|result)\/./.test(frame.url()) && frame.url().includes("?")) {
        wrong.push(`an address with a query: ${new URL(frame.url()).pathname}`);
      }
    });
  });
  return { context, wrong, page: await context.newPage() };
}

/** Begins a case at the pretend client. */
async function begin(page, id, clientUrl = demo.clientUrl) {
  await page.goto(clientUrl);
  await page.locator(`button[value=${id}]`).click();
}

/** The page is usable, and nothing personal is where it does not belong. */
async function sound(page, name) {
  assert.deepEqual(await axe(page), [], name);
  assert.deepEqual(await overflowing(page), [], name);
  assert.doesNotMatch(await page.title(), /Зразков|Демʼян/);
  await screenshot(page, join("journey", name));
}

async function hasToken(page) {
  assert.equal(await heading(page), "Дитину зареєстровано");
  assert.match(await page.locator("#access-token").textContent(), /^[\w-]{43}$/);
}

async function wasDenied(page, description) {
  assert.equal(await heading(page), "Доступ не надано");
  assert.equal(await page.locator("#error").textContent(), "access_denied");
  assert.equal(await page.locator("#error-description").textContent(), description);
}

for (const javaScriptEnabled of [true, false]) {
  for (const host of ["127.0.0.1", "localhost"]) {
    test(`the whole journey ${javaScriptEnabled ? "with" : "without"} scripts, the client at ${host}`, async (t) => {
      const { page, wrong } = await person(t, { javaScriptEnabled, viewport: { width: 360, height: 800 } });
      const clientUrl = demo.clientUrl.replace("127.0.0.1", host);
      const look = javaScriptEnabled && host === "localhost" ? sound : () => {};
      await page.goto(clientUrl);
      await look(page, "cases");
      await page.locator("button[value=ordinary]").click();
      assert.equal(new URL(page.url()).origin, demo.url);
      assert.match(path(page), /^\/confidant\/sign-up\/[0-9a-f]{32}$/);
      assert.equal(await heading(page), "Перевірте дані пацієнта");
      const tax = await page.getByText(/^\d{10}$/).first().textContent();
      await look(page, "details");
      await confirm(page);
      assert.match(path(page), /^\/accept\/[0-9a-f]{32}$/);
      assert.equal(await heading(page), "Надати доступ застосунку Ромашка?");
      await look(page, "accept");
      await grant(page);
      assert.equal(new URL(page.url()).origin, clientUrl);
      await hasToken(page);
      await look(page, "granted");
      await button(page, "Прочитати дані дитини").click();
      const answer = JSON.parse(await page.locator(".answer").textContent());
      assert.equal(answer.data.tax_id, tax);
      assert.equal(answer.data.secret, undefined);
      await look(page, "granted-answer");
      await button(page, "Оновити токен").click();
      assert.equal(JSON.parse(await page.locator(".answer").textContent()).data.name, "access_token");
      await button(page, "Завершити доступ").click();
      await button(page, "Прочитати дані дитини").click();
      assert.equal(await page.locator(".asked .tag").textContent(), "401");
      assert.deepEqual(wrong, []);
    });
  }
}

for (const id of ["long-names", "minimal", "kupyna", "ecdsa", "rsa"]) {
  test(`the journey of ${id} ends with a token`, async (t) => {
    const { page, wrong } = await person(t, { viewport: { width: 320, height: 800 } });
    await begin(page, id);
    await sound(page, `details-${id}`);
    await confirm(page);
    await grant(page);
    await hasToken(page);
    assert.deepEqual(wrong, []);
  });
}

/** The code of the newest message on the pretend phone, of a number that ends in `end`. */
async function sentCode(context, end) {
  const phone = await context.newPage();
  await phone.goto(`${demo.clientUrl}/phone`);
  const message = phone.locator(".card").first();
  assert.ok((await message.locator("code").textContent()).endsWith(end), "the newest message is for somebody else");
  const [, code] = /: (\d{4})$/.exec(await message.locator(".sms").textContent());
  await phone.close();
  return code;
}

const shownEnd = async (page) => (await page.locator("p.lead strong.number").textContent()).trim().slice(-2);
const errors = async (page) =>
  (await page.locator(".error-summary li").allTextContents()).map((text) => text.replaceAll("\u00a0", " "));

async function read(page) {
  await button(page, "Прочитати свої дані").or(button(page, "Прочитати дані дитини")).click();
  assert.equal(await page.locator(".asked .tag").textContent(), "200");
  return JSON.parse(await page.locator(".answer").textContent()).data;
}

for (const javaScriptEnabled of [true, false]) {
  const how = `${javaScriptEnabled ? "with" : "without"} scripts`;

  test(`somebody registers themselves, ${how}`, async (t) => {
    const { context, page, wrong } = await person(t, { javaScriptEnabled, viewport: { width: 320, height: 800 } });
    const look = javaScriptEnabled ? sound : () => {};
    await begin(page, "own-sign-up");
    assert.match(path(page), /^\/sign-up\/[0-9a-f]{32}$/);
    assert.equal(await heading(page), "Перевірте свої дані");
    const tax = await page.getByText(/^\d{10}$/).first().textContent();
    await look(page, "own-details");
    await confirm(page);
    assert.match(path(page), /^\/sign-up\/[0-9a-f]{32}\/code$/);
    assert.equal(await heading(page), "Введіть код із СМС");
    await look(page, "own-code");
    const end = await shownEnd(page);
    const code = await sentCode(context, end);
    // What is no code is explained at the field, which keeps it.
    await button(page, "Підтвердити").click();
    assert.deepEqual(await errors(page), ["Введіть код із СМС"]);
    assert.match(await page.title(), /^Помилка: /);
    if (javaScriptEnabled) assert.equal((await focused(page)).element, "div", "the summary has the focus");
    await page.getByRole("link", { name: "Введіть код із СМС" }).click();
    assert.equal((await focused(page)).element, "input");
    await page.keyboard.type("12аб");
    await Promise.all([page.waitForEvent("framenavigated"), page.keyboard.press("Enter")]);
    await page.waitForLoadState();
    assert.deepEqual(await errors(page), ["Введіть код лише цифрами"]);
    assert.equal(await page.getByLabel("Код із СМС").inputValue(), "12аб");
    await page.getByLabel("Код із СМС").fill(code === "1111" ? "2222" : "1111");
    await button(page, "Підтвердити").click();
    assert.deepEqual(await errors(page), ["Код неправильний. Залишилося: 3 спроби"]);
    await look(page, "own-code-wrong");
    // Another code is not to be had yet; the page says when, and the first one stays good.
    await page.getByText("Не надійшов код?").click();
    await button(page, "Надіслати код ще раз").click();
    assert.match((await errors(page))[0], /^Новий код можна замовити о \d\d:\d\d$/);
    await look(page, "own-code-too-soon");
    await page.getByLabel("Код із СМС").fill(`${code.slice(0, 2)} ${code.slice(2)}`);
    await button(page, "Підтвердити").click();
    assert.equal(await heading(page), "Надати доступ застосунку Ромашка?");
    await grant(page);
    assert.equal(await heading(page), "Вас зареєстровано");
    assert.equal((await read(page)).tax_id, tax);
    assert.deepEqual(wrong, []);
  });

  test(`a patient signs in, ${how}`, async (t) => {
    const { page, wrong } = await person(t, { javaScriptEnabled, viewport: { width: 360, height: 800 } });
    await begin(page, "sign-in");
    assert.match(path(page), /^\/accept\/[0-9a-f]{32}$/);
    assert.match(await page.locator("p.lead").textContent(), /Зразкова Оксана Іванівна/);
    await grant(page);
    assert.equal(await heading(page), "Ви увійшли");
    assert.equal((await read(page)).tax_id, "3346809522");
    // The next time they see what they gave, and take it back.
    await begin(page, "sign-in");
    const accept = page.url();
    await page.getByRole("link", { name: "Переглянути застосунки, що вже мають доступ" }).click();
    assert.equal(await heading(page), "Застосунки з доступом до ваших даних");
    if (javaScriptEnabled) await sound(page, "apps");
    await page.getByRole("link", { name: "Скасувати доступ: Ромашка" }).first().click();
    assert.equal(await heading(page), "Скасувати доступ для Ромашка?");
    if (javaScriptEnabled) await sound(page, "revoke");
    await button(page, "Залишити").click();
    await page.getByRole("link", { name: "Скасувати доступ: Ромашка" }).first().click();
    await button(page, "Так, скасувати").click();
    assert.equal(await page.getByRole("status").first().textContent(), "Доступ скасовано: Ромашка.");
    await page.getByRole("link", { name: "Повернутися до надання доступу" }).click();
    assert.equal(page.url(), accept);
    await button(page, "Не надавати").click();
    await wasDenied(page, "The user did not grant access.");
    assert.deepEqual(wrong, []);
  });

  test(`a confidant signs in for a child, ${how}`, async (t) => {
    const { page, wrong } = await person(t, { javaScriptEnabled });
    await begin(page, "confidant-sign-in");
    assert.match(path(page), /^\/accept\/[0-9a-f]{32}$/);
    assert.match(await page.locator("p.lead").textContent(), /Зразкова Оксана Іванівна.*Зразкова Орися/s);
    await grant(page);
    assert.equal(await heading(page), "Ви увійшли");
    assert.equal((await read(page)).first_name, "Орися");
    assert.deepEqual(wrong, []);
  });
}

test("a mother who registers her child once more gets the child of the registry", async (t) => {
  const { page, wrong } = await person(t, { viewport: { width: 320, height: 800 } });
  await begin(page, "comes-back");
  assert.equal(await heading(page), "Перевірте дані пацієнта");
  const known = (await page.locator("p.note.known").textContent()).replaceAll("\u00a0", " ");
  assert.match(known, /^Дитина вже є в реєстрі\. Ви отримаєте доступ; дані в реєстрі не зміняться\./);
  await sound(page, "details-comes-back");
  await confirm(page);
  await grant(page);
  await hasToken(page);
  assert.equal((await read(page)).birth_settlement, "Київ", "what was typed anew changes nothing");
  assert.deepEqual(wrong, []);
});

test("a mother signs in for a child whom a doctor registered with her", async (t) => {
  const { page, wrong } = await person(t);
  await begin(page, "doctors-child");
  assert.match(path(page), /^\/accept\/[0-9a-f]{32}$/);
  assert.match(await page.locator("p.lead").textContent(), /Зразкова Оксана Іванівна.*Зразков/s);
  await grant(page);
  assert.equal(await heading(page), "Ви увійшли");
  assert.match((await read(page)).last_name, /^Зразков/);
  assert.deepEqual(wrong, []);
});

test("a claim gives nothing until the operator confirms it", async (t) => {
  const { page, wrong } = await person(t, { viewport: { width: 320, height: 800 } });
  await begin(page, "claim");
  assert.equal(await heading(page), "Перевірте дані пацієнта");
  assert.equal(await page.locator("p.note.known").count(), 0, "a stranger learns who is registered");
  const answered = page.waitForResponse((answer) => answer.request().method() === "POST");
  await confirm(page);
  assert.equal((await answered).status(), 409);
  assert.equal(await heading(page), "Реєстрацію не завершено");
  await sound(page, "claim");
  await leave(page);
  await wasDenied(page, "Relationship not confirmed");
  await sound(page, "refused-claim");
  await button(page, "Підтвердити за оператора й підписати ще раз").click();
  assert.equal(await heading(page), "Перевірте дані пацієнта");
  assert.equal(await page.locator("p.note.known").count(), 1);
  await confirm(page);
  await grant(page);
  await hasToken(page);
  await read(page);
  assert.deepEqual(wrong, []);
});

test("whose number it is not goes back to the client", async (t) => {
  const { page, wrong } = await person(t);
  await begin(page, "own-sign-up");
  await confirm(page);
  await page.getByRole("link", { name: "Повернутися до перевірки даних" }).click();
  assert.equal(await heading(page), "Перевірте свої дані");
  await confirm(page);
  await page.getByText("Не надійшов код?").click();
  await button(page, "Це не мій номер").click();
  await wasDenied(page, "The user did not confirm the details.");
  assert.deepEqual(wrong, []);
});

test("after too many wrong codes there is a page of its own", async (t) => {
  const { context, page } = await person(t);
  await begin(page, "own-sign-up");
  await confirm(page);
  const code = await sentCode(context, await shownEnd(page));
  for (let tries = 0; tries < 4; tries += 1) {
    await page.getByLabel("Код із СМС").fill(code === "1111" ? "2222" : "1111");
    await button(page, "Підтвердити").click();
  }
  assert.equal(await heading(page), "Забагато неправильних кодів");
  await sound(page, "own-too-many");
  await page.getByRole("link", { name: "Відкрити знову" }).click();
  assert.equal(await heading(page), "Введіть код із СМС");
  await page.getByText("Не надійшов код?").click();
  await sound(page, "own-code-help");
});

const somePhone = () => `+38093${String(Math.floor(Math.random() * 1e7)).padStart(7, "0")}`;

/** Fills in fields by their ids; lists and marks too. */
async function fillIn(page, answers) {
  for (const [id, answer] of Object.entries(answers)) {
    const field = page.locator(`#${id}`);
    const kind = await field.evaluate((element) => (element.localName === "select" ? "select" : element.type));
    if (kind === "select") await field.selectOption(answer);
    else if (kind === "checkbox") await field.setChecked(answer);
    else await field.fill(answer);
  }
}

const details = {
  birth_date: "19.08.1991",
  birth_settlement: "Вінниця",
  gender: "MALE",
  document_type: "PASSPORT",
  document_number: "аа 120518",
  document_issued_by: "Рокитнянським РВ",
  document_issued_at: "28.02.2017",
};

const contacts = {
  area: "Житомирська",
  settlement_type: "CITY",
  settlement: "Київ",
  building: "15",
  emergency_last_name: "Уявна",
  emergency_first_name: "Ганна",
  emergency_phone: "0503410870",
};

const passwords = (one, again = one) => ({ password: one, password_again: again });
const submit = (page) => page.locator("form button.primary").click();

for (const javaScriptEnabled of [true, false]) {
  test(`registration in the cabinet ${javaScriptEnabled ? "with" : "without"} scripts`, async (t) => {
    const { context, page, wrong } = await person(t, { javaScriptEnabled, viewport: { width: 360, height: 800 } });
    const look = javaScriptEnabled ? sound : () => {};
    const next = () => button(page, "Продовжити").click();
    await begin(page, "cabinet");
    assert.equal(await heading(page), "Заглушка id.gov.ua");
    await look(page, "cabinet-provider");
    await button(page, "Нова особа").click();
    assert.match(path(page), /^\/cabinet\/registration\/[0-9a-f]{32}\/details$/);
    await next();
    assert.match(await page.title(), /^Помилка: /);
    await page.locator(".error-summary a").first().click();
    await page.locator("#birth_date:focus").waitFor({ timeout: 2_000 });
    await look(page, "cabinet-details-errors");
    await page.getByLabel("Дата народження").fill("19.08.1991");
    await page.getByLabel("Місце народження").fill("Вінниця");
    await page.getByLabel("Стать").selectOption("MALE");
    await page.getByLabel("Тип документа").selectOption("PASSPORT");
    await page.getByLabel("Номер документа").fill("аа 120518");
    await page.getByLabel("Ким видано").fill("Рокитнянським РВ");
    await page.getByLabel("Дата видачі").fill("28.02.2017");
    await look(page, "cabinet-details");
    await next();
    const phone = somePhone();
    for (const [label, text] of [
      ["Телефон для кодів із СМС", phone],
      ["Область", "Житомирська"],
      ["Населений пункт", "Київ"],
      ["Будинок", "15"],
      ["Прізвище контактної особи", "Уявна"],
      ["Імʼя контактної особи", "Ганна"],
      ["Телефон контактної особи", "0503410870"],
    ]) {
      await page.getByLabel(label, { exact: true }).fill(text);
    }
    await page.getByLabel("Тип населеного пункту").selectOption("CITY");
    await next();
    assert.equal(await page.getByLabel("Область").inputValue(), "Житомирська");
    await look(page, "cabinet-contacts-error");
    await page.getByLabel(/^Даю згоду/).check();
    await next();
    assert.match(await page.getByLabel("Електронна пошта").inputValue(), /@/);
    await page.getByLabel("Пароль", { exact: true }).fill("passWoRd1");
    await page.getByLabel("Пароль ще раз").fill("passWoRd2");
    await button(page, "Отримати код із СМС").click();
    await look(page, "cabinet-password-error");
    assert.equal(await page.getByLabel("Пароль", { exact: true }).inputValue(), "");
    await page.getByLabel("Пароль", { exact: true }).fill("passWoRd1");
    await page.getByLabel("Пароль ще раз").fill("passWoRd1");
    await button(page, "Отримати код із СМС").click();
    assert.equal(await heading(page), "Введіть код із СМС");
    await look(page, "cabinet-code");
    // The way back is the step before, as on every step.
    await page.getByRole("link", { name: "Повернутися на крок назад" }).click();
    assert.equal(await heading(page), "Придумайте пароль");
    await page.goBack();
    const code = await sentCode(context, phone.slice(-2));
    await page.getByLabel("Код із СМС").fill(code === "1111" ? "2222" : "1111");
    await button(page, "Підтвердити").click();
    await look(page, "cabinet-code-wrong");
    const codePage = page.url();
    await page.getByLabel("Код із СМС").fill(code);
    await button(page, "Підтвердити").click();
    assert.match(path(page), /^\/accept\/[0-9a-f]{32}$/);
    await grant(page);
    assert.match(await page.locator("#access-token").textContent(), /^[\w-]{43}$/);
    // Back after the end shows that it is over, and leads to the client.
    await page.goBack();
    assert.equal(await heading(page), "Ви вже завершили цей крок");
    await page.goto(codePage);
    assert.equal(await heading(page), "Ви вже завершили цей крок");
    await leave(page);
    assert.match(await page.locator("#access-token").textContent(), /^[\w-]{43}$/);
    assert.deepEqual(wrong, []);
  });
}

/** Waits until the page is there: of two presses the browser aborts the first navigation, which is no failure. */
async function arrives(page, address) {
  while (!address.test(page.url())) await page.waitForEvent("framenavigated");
}

test("registration in the cabinet in English, by somebody without an e-mail address", async (t) => {
  const { context, page, wrong } = await person(t, { viewport: { width: 320, height: 800 } });
  await page.goto(demo.clientUrl);
  await page.getByRole("link", { name: "English" }).click();
  await button(page, "Register through id.gov.ua (stub)").click();
  assert.equal(await heading(page), "Stand-in for id.gov.ua");
  await sound(page, "cabinet-en-provider");
  await button(page, "Somebody new without an e-mail address").click();
  assert.equal(await heading(page), "Enter your details");
  await sound(page, "cabinet-en-details");
  await fillIn(page, { ...details, document_number: "120518" });
  await submit(page);
  assert.deepEqual(await errors(page), ["Enter the number of the document: two Ukrainian letters and 6 digits"]);
  // The other language keeps what was typed, also the wrong answer; and so does a reload.
  await page.getByRole("link", { name: "Українська" }).click();
  assert.equal(await heading(page), "Заповніть дані про себе");
  assert.equal(await page.locator("#document_number").inputValue(), "120518");
  assert.equal(await page.locator("#document_issued_by").inputValue(), "Рокитнянським РВ");
  await page.getByRole("link", { name: "English" }).click();
  assert.equal(await page.locator("#document_number").inputValue(), "120518");
  await submit(page);
  const before = await errors(page);
  const answer = await page.reload();
  assert.equal(answer.status(), 422);
  assert.deepEqual(await errors(page), before);
  assert.equal(await page.locator("#birth_settlement").inputValue(), "Вінниця");
  await fillIn(page, { document_number: "АА120518" });
  await submit(page);
  assert.equal(await heading(page), "Enter your contacts and address");
  const phone = somePhone();
  await fillIn(page, { ...contacts, phone, email: "Own", consent: true });
  await submit(page);
  assert.deepEqual(await errors(page), ["Enter the address as name@example.com"]);
  await sound(page, "cabinet-en-contacts-error");
  const email = `own${phone.slice(1)}@example.com`;
  await fillIn(page, { email });
  await submit(page);
  assert.equal(await heading(page), "Choose a password");
  assert.equal(await page.locator("[autocomplete=username]").inputValue(), email);
  await sound(page, "cabinet-en-password");
  await fillIn(page, passwords("passWoRd1"));
  // Twice as fast as people press: one code, one page.
  await page.locator("form button.primary").dblclick({ noWaitAfter: true });
  await arrives(page, /\/code$/);
  assert.equal(await heading(page), "Enter the code from the text message");
  assert.doesNotMatch(await page.title(), /^Error/);
  await sound(page, "cabinet-en-code");
  await fillIn(page, { code: await sentCode(context, phone.slice(-2)) });
  await page.locator("form button.primary").dblclick({ noWaitAfter: true });
  await arrives(page, /\/accept\/[0-9a-f]{32}$/);
  await button(page, "Give access").click();
  assert.match(await page.locator("#access-token").textContent(), /^[\w-]{43}$/);
  assert.deepEqual(wrong.filter((line) => !line.startsWith("an address with a query")), []);
});

test("every step of the cabinet leads back to the client", async (t) => {
  const { page } = await person(t);
  for (const steps of [0, 1, 2, 3]) {
    await begin(page, "cabinet");
    await button(page, "Нова особа").click();
    const answers = [details, { ...contacts, phone: somePhone(), consent: true }, passwords("passWoRd1")];
    for (const answer of answers.slice(0, steps)) {
      await fillIn(page, answer);
      await submit(page);
    }
    assert.match(await page.locator(".progress").textContent(), new RegExp(`Крок.${steps + 1}.з.4`));
    await button(page, "Повернутися до застосунку Ромашка").click();
    await wasDenied(page, "The user did not register.");
  }
});

test("at the provider somebody with an account signs in, and who proves nothing is told", async (t) => {
  const { page } = await person(t);
  await begin(page, "cabinet");
  await button(page, "Мама, яка вже зареєстрована").click();
  assert.match(path(page), /^\/accept\/[0-9a-f]{32}$/);
  await begin(page, "cabinet");
  await button(page, "Не підтверджувати").click();
  assert.equal(await heading(page), "Ви не підтвердили свою особу");
  await sound(page, "cabinet-declined");
  await begin(page, "cabinet");
  await button(page, "Особа без РНОКПП").click();
  assert.equal(await heading(page), "У даних id.gov.ua немає РНОКПП");
  await sound(page, "cabinet-incomplete");
});

test("who does not confirm the details can look again, or leave", async (t) => {
  const { page, wrong } = await person(t);
  await begin(page, "ordinary");
  const details = page.url();
  await button(page, "Не підтверджувати").click();
  assert.equal(await heading(page), "Ви не підтвердили дані");
  assert.equal(page.url(), `${details}/declined`);
  await sound(page, "declined");
  await page.getByRole("link", { name: "Повернутися до перевірки даних" }).click();
  assert.equal(page.url(), details);
  await button(page, "Змінити в застосунку Ромашка").click();
  await button(page, "Завершити й повернутися до застосунку Ромашка").click();
  await wasDenied(page, "The user did not confirm the details.");
  await sound(page, "refused");
  await page.goto(details);
  assert.equal(await heading(page), "Ви вже завершили цей крок");
  await leave(page);
  await wasDenied(page, "The user did not confirm the details.");
  assert.deepEqual(wrong, []);
});

test("who does not give access goes straight back", async (t) => {
  const { page, wrong } = await person(t);
  await begin(page, "ordinary");
  await confirm(page);
  await button(page, "Не надавати").click();
  await wasDenied(page, "The user did not grant access.");
  assert.deepEqual(wrong, []);
});

for (const [id, status, title, line, error] of [
  ["birth-date-missing", 422, "Дані не пройшли перевірку", 'Обовʼязковий атрибут "Дата народження" відсутній', "invalid_request"],
  ["consent-refused", 422, "Дані не пройшли перевірку", "Користувач повинен погодитись з передачею даних в ЄСОЗ", "invalid_request"],
  ["broken-signature", 400, "Не вдалося перевірити підпис", "Підписаний контент некоректний або прострочений.", "invalid_request"],
  ["expired-link", 403, "Не вдалося перевірити підпис", "Підписаний контент некоректний або прострочений.", "invalid_request"],
  ["another-signer", 403, "Підпис належить іншій особі", "Не вдалося ідентифікувати підписанта", "access_denied"],
  ["expired-token", 403, "Немає доступу", "Час заповнення форми вичерпався.", "access_denied"],
]) {
  test(`${id} is explained and leads back`, async (t) => {
    const { page, wrong } = await person(t);
    const answered = page.waitForResponse((answer) => answer.url().startsWith(`${demo.url}/confidant/sign-up`));
    await begin(page, id);
    assert.equal((await answered).status(), status);
    assert.equal(await heading(page), title);
    assert.match(await page.title(), /^Помилка: /);
    const lines = await page.locator(".error-summary li").allTextContents();
    assert.deepEqual(lines.map((text) => text.replaceAll("\u00a0", " ")), [line]);
    await sound(page, id);
    await leave(page);
    assert.equal(await page.locator("#error").textContent(), error);
    assert.deepEqual(wrong, []);
  });
}

test("to an address that nobody registered there is no way out", async (t) => {
  const { page } = await person(t);
  await begin(page, "unknown-address");
  assert.equal(await heading(page), "Посилання неправильне");
  assert.equal(await page.locator(`a[href^="${demo.clientUrl}"]`).count(), 0);
  await sound(page, "unknown-address");
});

test("data sent by a form begin a journey and leave another tab's alone", async (t) => {
  for (const host of ["127.0.0.1", "localhost"]) {
    const { context, page, wrong } = await person(t);
    const clientUrl = demo.clientUrl.replace("127.0.0.1", host);
    await begin(page, "ordinary", clientUrl);
    const other = await context.newPage();
    await begin(other, "by-form", clientUrl);
    assert.equal(await heading(other), "Дані підписано");
    const signed = Buffer.from(await other.locator("input[name=user_data]").inputValue(), "base64");
    assert.ok(signed.includes(Buffer.from("060b2a86240201010101030101", "hex")), "DSTU 4145 with GOST 34.311");
    await sound(other, "send");
    await button(other, "Перейти до eHealth").click();
    await confirm(other);
    await confirm(page);
    await grant(other);
    await grant(page);
    await hasToken(other);
    await hasToken(page);
    assert.deepEqual(wrong, []);
  }
});

test("a form that arrives in a browser without a session begins a journey", async (t) => {
  const { page } = await person(t, { javaScriptEnabled: false });
  await begin(page, "by-form", demo.clientUrl.replace("127.0.0.1", "localhost"));
  await button(page, "Перейти до eHealth").click();
  assert.equal(await heading(page), "Перевірте дані пацієнта");
  await page.reload();
  await confirm(page);
  await grant(page);
  await hasToken(page);
});

test("Back after the end shows that it is over, and the token is still there", async (t) => {
  const { page } = await person(t);
  await begin(page, "ordinary");
  await confirm(page);
  await grant(page);
  await hasToken(page);
  await page.reload();
  await hasToken(page);
  const token = await page.locator("#access-token").textContent();
  await page.goBack();
  assert.equal(await heading(page), "Ви вже завершили цей крок");
  assert.doesNotMatch(await page.title(), /^Помилка/);
  await sound(page, "finished");
  await leave(page);
  assert.equal(await page.locator("#access-token").textContent(), token);
});

test("two confirms and two consents at the same moment give one result", async (t) => {
  const { context, page } = await person(t);
  await begin(page, "ordinary");
  const twice = async () => {
    const form = { csrf: await page.locator("input[name=csrf]").first().inputValue(), decision: "confirm" };
    const post = () => context.request.post(page.url(), { form, maxRedirects: 0 });
    const answers = await Promise.all([post(), post()]);
    assert.deepEqual(answers.map((answer) => answer.status()), [303, 303]);
    const [one, two] = answers.map((answer) => answer.headers().location);
    assert.equal(one, two);
    return one;
  };
  await page.goto(demo.url + (await twice()));
  await page.goto(await twice());
  await hasToken(page);
});

test("a double click confirms once", async (t) => {
  const { page } = await person(t);
  await begin(page, "ordinary");
  await button(page, "Підтвердити дані й продовжити").dblclick({ noWaitAfter: true });
  await page.waitForURL(/\/accept\//);
  await button(page, "Надати доступ").dblclick({ noWaitAfter: true });
  await page.waitForURL(/\/result\//);
  await hasToken(page);
});

test("the same page in a second tab ends where the first one is", async (t) => {
  const { context, page } = await person(t);
  await begin(page, "ordinary");
  const second = await context.newPage();
  await second.goto(page.url());
  await confirm(page);
  await confirm(second);
  assert.equal(second.url(), page.url());
  await grant(page);
  await grant(second);
  assert.equal(await heading(second), "Ви вже завершили цей крок");
  await leave(second);
  assert.equal(second.url(), page.url());
});

test("without its cookies a browser is told why it cannot go on", async (t) => {
  const { context, page } = await person(t);
  await begin(page, "ordinary");
  await context.clearCookies();
  const answered = page.waitForResponse((answer) => answer.request().method() === "POST");
  await confirm(page);
  assert.equal((await answered).status(), 400);
  assert.equal(await heading(page), "Не вдалося продовжити");
  await sound(page, "session-lost");
  const answer = await page.reload();
  assert.equal(answer.status(), 400);
});

test("another browser sees neither the journey nor its end", async (t) => {
  const { page } = await person(t);
  const { page: other } = await person(t);
  await begin(page, "ordinary");
  const details = page.url();
  await other.goto(details);
  assert.equal(await heading(other), "Не вдалося продовжити");
  await confirm(page);
  await grant(page);
  await other.goto(page.url());
  assert.equal(await heading(other), "Застосунок не впізнав відповіді");
});

test("the other language keeps the place, on both sites", async (t) => {
  const { page, wrong } = await person(t);
  await begin(page, "ordinary");
  const details = page.url();
  await page.getByRole("link", { name: "English" }).click();
  assert.equal(page.url(), `${details}?lang=en`);
  assert.equal(await heading(page), "Check the patient’s details");
  await button(page, "Confirm details and continue").click();
  assert.match(path(page), /^\/accept\//);
  await button(page, "Give access").click();
  assert.equal(await heading(page), "The child is registered");
  await page.getByRole("link", { name: "Українська" }).click();
  await hasToken(page);
  assert.deepEqual(wrong.filter((line) => !line.startsWith("an address with a query")), []);
});

test("the keyboard alone is enough", async (t) => {
  const { page } = await person(t, { viewport: { width: 1280, height: 800 } });
  await page.goto(demo.clientUrl);
  const press = async (name) => {
    for (let stops = 0; stops < 40; stops += 1) {
      await page.keyboard.press("Tab");
      const now = await focused(page);
      assert.ok(now.visible && now.inWindow, `the focus on «${now.name}» cannot be seen`);
      if (now.name === name) {
        await Promise.all([page.waitForEvent("framenavigated"), page.keyboard.press("Enter")]);
        await page.waitForLoadState();
        return;
      }
    }
    assert.fail(`«${name}» cannot be reached`);
  };
  await press("Звичайна дитина");
  await press("Підтвердити дані й продовжити");
  await press("Надати доступ");
  await hasToken(page);
  await press("Прочитати дані дитини");
  assert.equal(await page.locator(".asked .tag").textContent(), "200");
});

test("the pretend client looks well in the dark and on a wide window", async (t) => {
  for (const [colorScheme, width] of [["dark", 320], ["dark", 1280], ["light", 1280]]) {
    const { page } = await person(t, { colorScheme, viewport: { width, height: 800 } });
    await page.goto(demo.clientUrl);
    await sound(page, `cases-${colorScheme}-${width}`);
  }
});
