import { beforeAll, expect, test } from "vitest";
import {
  createIndexedChannel,
  highlightedTexts,
  searchAll,
} from "../../support/worker/clients/search-client.ts";
import { createUser, type TestUser } from "../../support/worker/fixtures/accounts.ts";

const texts = {
  chinese: "我在北京大学学习计算机科学",
  japanese: "東京でプログラミングを勉強しています",
  thai: "ฉันรักภาษาไทยและกำลังเรียน",
  korean: "서울에서 만나요",
  german: "Die Straße ist GROẞ und schön",
  turkish: "İstanbul'da ılık bir akşam IŞIK",
  arabic: "قرأت ٱلْكِتَابَ أمس",
  combining: "cafe\u0301 re\u0301sume\u0301 at 𝓷𝓸𝓸𝓷",
  emoji: "we ship it 🚀🎉 said the 👩🏽‍💻",
  code: "call read_user_id() in src/lib/user-store.ts, C++ or C#",
  address: "see https://docs.example.org/guide/v1.2.3?tab=api#install or mail ann.b@example.org",
};

let ann: TestUser;
beforeAll(async () => {
  ann = await createUser("ann");
  await createIndexedChannel(ann, Object.values(texts));
});

test.each<[string, keyof typeof texts, string[]]>([
  ["北京", "chinese", ["北京"]],
  ["大学", "chinese", ["大学"]],
  ["北京大学", "chinese", ["北京大学"]],
  ["计算机 科学", "chinese", ["计算机科学"]],
  ["我", "chinese", ["我"]],
  ["机", "chinese", ["机"]],
  ["プログラム OR プログラミング", "japanese", ["プログラミング"]],
  ["ﾌﾟﾛｸﾞﾗﾐﾝｸﾞ", "japanese", ["プログラミング"]],
  ["東京", "japanese", ["東京"]],
  ["勉強", "japanese", ["勉強"]],
  ["ภาษาไทย", "thai", ["ภาษาไทย"]],
  ["ภาษา", "thai", ["ภาษา"]],
  ["เรียน", "thai", ["เรียน"]],
  ["서울", "korean", ["서울"]],
  ["strasse", "german", ["Straße"]],
  ["STRASSE gross SCHON", "german", ["Straße", "GROẞ", "schön"]],
  ["istanbul", "turkish", ["İstanbul"]],
  ["ISTANBUL ilik ışık", "turkish", ["İstanbul", "ılık", "IŞIK"]],
  ["الكتاب", "arabic", ["ٱلْكِتَابَ"]],
  ["امس", "arabic", ["أمس"]],
  ["cafe", "combining", ["cafe\u0301"]],
  ["résumé noon", "combining", ["re\u0301sume\u0301", "𝓷𝓸𝓸𝓷"]],
  ["🎉", "emoji", ["🎉"]],
  ["🚀🎉", "emoji", ["🚀🎉"]],
  ["👩‍💻", "emoji", ["👩🏽‍💻"]],
  ["shipping 💻", "emoji", ["ship", "💻"]],
  ["user_id", "code", ["user_id"]],
  ["store", "code", ["store"]],
  ["src/lib/user-store.ts", "code", ["src/lib/user-store.ts"]],
  ["C++", "code", ["C++"]],
  ["c#", "code", ["C#"]],
  ["example.org/guide", "address", ["example.org/guide"]],
  ["https://docs.example.org/guide/v1.2.3", "address", ["https://docs.example.org/guide/v1.2.3"]],
  ["ann.b@example.org", "address", ["ann.b@example.org"]],
  ['"v1.2"', "address", ["v1.2"]],
])("[SR4] [SR9] %s finds the %s one, and lights up just that", async (q, language, lit) => {
  const hits = await searchAll(ann, "messages", q);
  expect(hits.map(({ message }) => message.content)).toEqual([texts[language]]);
  expect(highlightedTexts(hits[0]!)).toEqual(lit);
});
