//! Sentences of our own in many languages, and what their readers would type to find them.

use crate::Site;

/// Language, sentence, queries that find it (and no other sentence).
const SENTENCES: &[(&str, &str, &[&str])] = &[
    ("en", "The workshop's photographs were uploaded yesterday.", &["PHOTOGRAPHS", "workshop", "\"were uploaded\""]),
    ("de", "Die Straßenbahn fährt über die große Brücke.", &["strassenbahn", "fahrt", "GROSSE", "brucke"]),
    ("fr", "L’élève a corrigé l'article déjà publié.", &["eleve", "élève", "article corrige", "\"déjà publié\""]),
    ("pl", "Łódź jest większa, niż myślałem.", &["lodz", "Łódź", "wieksza"]),
    ("tr", "İstanbul'da ılık bir akşam geçirdik.", &["istanbul", "ILIK", "aksam", "İSTANBUL"]),
    ("vi", "Tiếng Việt có nhiều dấu thanh.", &["tieng viet", "\"tiếng việt\"", "dấu"]),
    ("ru", "Ёлку поставили возле замка́ на горе.", &["елку", "ёлку", "замка", "ЗАМКА"]),
    ("el", "Ο δρόμος προς τη θάλασσα είναι όμορφος.", &["δρομος", "ΔΡΌΜΟΣ", "θαλασσα"]),
    ("ar", "كَتَبَ الطالبُ مقالةً عن المدرسة الجديدة.", &["كتب", "الطالب", "مقاله", "المدرسة", "المدرســة"]),
    ("fa", "می\u{200c}خواهم کتاب‌های تازه بخوانم.", &["میخواهم", "می\u{200c}خواهم", "كتابهاي", "تازه"]),
    ("he", "שָׁלוֹם לכל חברי הקהילה.", &["שלום", "קהילה הקהילה", "חברי"]),
    ("hi", "हिन्दी विकिपीडिया में आपका स्वागत है।", &["विकिपीडिया", "हिन्दी", "\"आपका स्वागत\""]),
    ("ta", "தமிழ் மொழியில் கட்டுரை எழுதுங்கள்.", &["தமிழ்", "கட்டுரை"]),
    ("th", "ยินดีต้อนรับสู่ชุมชนของเรา พ.ศ. ๒๕๖๙", &["ต้อนรับ", "ชุมชน", "ชุมชนของเรา", "2569"]),
    ("km", "សូមស្វាគមន៍មកកាន់សហគមន៍", &["ស្វាគមន៍", "សហគមន៍"]),
    ("lo", "ຍິນດີຕ້ອນຮັບສູ່ຊຸມຊົນ", &["ຍິນດີ", "ຊຸມຊົນ"]),
    ("my", "ကျွန်ုပ်တို့၏အသိုင်းအဝိုင်းမှကြိုဆိုပါသည်", &["ကြိုဆို", "အသိုင်းအဝိုင်း"]),
    ("zh", "我们昨天在图书馆讨论了新的编辑工具。", &["图书馆", "编辑工具", "讨论", "馆", "昨天 工具"]),
    ("ja", "京都のパーティーでデータベースを作りました。", &["パーティー", "ﾊﾟｰﾃｨｰ", "データベース", "京都", "作り"]),
    ("ko", "학교에서 위키백과 문서를 함께 고쳤습니다.", &["학교", "위키백과", "백과", "문서를", "고쳤"]),
    ("bo", "བོད་སྐད་ཀྱི་དཔེ་ཆ།", &["བོད་སྐད", "དཔེ་ཆ"]),
];

#[test]
fn each_sentence_is_found_by_what_its_readers_type() {
    let texts: Vec<String> = SENTENCES.iter().map(|(_, text, _)| (*text).to_owned()).collect();
    let site = Site::of(&texts);
    for (place, (lang, _, queries)) in SENTENCES.iter().enumerate() {
        for query in *queries {
            let wanted = if *query == "קהילה הקהילה" { Vec::new() } else { vec![place as i64 + 1] };
            assert_eq!(site.found(query), wanted, "{lang}: {query}");
        }
    }
}

#[test]
fn other_words_are_not_found() {
    let texts: Vec<String> = SENTENCES.iter().map(|(_, text, _)| (*text).to_owned()).collect();
    let site = Site::of(&texts);
    for query in ["photograph", "ヘーティー", "馆书图", "데이터", "сумка", "ภาษาจีน", "zzz"]
    {
        assert_eq!(site.found(query), Vec::<i64>::new(), "{query}");
    }
}
