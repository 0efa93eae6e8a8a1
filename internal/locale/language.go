package locale

// A Language is one that readers may choose.
type Language struct {
	Tag     string // BCP 47
	Name    string // as its speakers write it
	English string
	// Complete tells whether its catalogue says everything that an operator
	// reads. Others say what they can, and the rest in English.
	Complete bool
	// Draft tells that no native speaker has reviewed it yet.
	Draft  bool
	Plural string // Plural-Forms of its catalogue

	zero   rune // digit nought, for dates
	months [12]string
	date   string // pattern of a date: D, M, Y
}

// Languages are those of the region, English first.
func Languages() []Language {
	return []Language{english, bangla, hindi, nepali, sinhala, tamil, thai, burmese, dzongkha}
}

const (
	oneOther     = "nplurals=2; plural=(n != 1);"
	zeroOneOther = "nplurals=2; plural=(n > 1);"
	noPlural     = "nplurals=1; plural=0;"
)

var english = Language{
	Tag: "en", Name: "English", English: "English", Complete: true, Plural: oneOther, zero: '0', date: "D M Y",
	months: [12]string{"January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"},
}

var pseudo = Language{Tag: Pseudo, Name: "Pseudo", English: "Pseudo", Plural: oneOther, zero: '0', date: "D M Y", months: english.months}

var bangla = Language{
	Tag: "bn", Name: "বাংলা", English: "Bangla", Complete: true, Draft: true, Plural: zeroOneOther, zero: '০', date: "D M, Y",
	months: [12]string{"জানুয়ারি", "ফেব্রুয়ারি", "মার্চ", "এপ্রিল", "মে", "জুন", "জুলাই", "আগস্ট", "সেপ্টেম্বর", "অক্টোবর", "নভেম্বর", "ডিসেম্বর"},
}

var hindi = Language{
	Tag: "hi", Name: "हिन्दी", English: "Hindi", Complete: true, Draft: true, Plural: zeroOneOther, zero: '0', date: "D M Y",
	months: [12]string{"जनवरी", "फ़रवरी", "मार्च", "अप्रैल", "मई", "जून", "जुलाई", "अगस्त", "सितंबर", "अक्टूबर", "नवंबर", "दिसंबर"},
}

var nepali = Language{
	Tag: "ne", Name: "नेपाली", English: "Nepali", Draft: true, Plural: oneOther, zero: '०', date: "Y M D",
	months: [12]string{"जनवरी", "फेब्रुअरी", "मार्च", "अप्रिल", "मे", "जुन", "जुलाई", "अगस्ट", "सेप्टेम्बर", "अक्टोबर", "नोभेम्बर", "डिसेम्बर"},
}

var sinhala = Language{
	Tag: "si", Name: "සිංහල", English: "Sinhala", Draft: true, Plural: zeroOneOther, zero: '0', date: "Y M D",
	months: [12]string{"ජනවාරි", "පෙබරවාරි", "මාර්තු", "අප්\u200dරේල්", "මැයි", "ජූනි", "ජූලි", "අගෝස්තු", "සැප්තැම්බර්", "ඔක්තෝබර්", "නොවැම්බර්", "දෙසැම්බර්"},
}

var tamil = Language{
	Tag: "ta", Name: "தமிழ்", English: "Tamil", Draft: true, Plural: oneOther, zero: '0', date: "D M, Y",
	months: [12]string{"ஜனவரி", "பிப்ரவரி", "மார்ச்", "ஏப்ரல்", "மே", "ஜூன்", "ஜூலை", "ஆகஸ்ட்", "செப்டம்பர்", "அக்டோபர்", "நவம்பர்", "டிசம்பர்"},
}

var thai = Language{
	Tag: "th", Name: "ไทย", English: "Thai", Draft: true, Plural: noPlural, zero: '0', date: "D M ค.ศ. Y",
	months: [12]string{
		"มกราคม", "กุมภาพันธ์", "มีนาคม", "เมษายน", "พฤษภาคม", "มิถุนายน",
		"กรกฎาคม", "สิงหาคม", "กันยายน", "ตุลาคม", "พฤศจิกายน", "ธันวาคม",
	},
}

var burmese = Language{
	Tag: "my", Name: "မြန်မာ", English: "Burmese", Draft: true, Plural: noPlural, zero: '၀', date: "Y၊ M D",
	months: [12]string{"ဇန်နဝါရီ", "ဖေဖော်ဝါရီ", "မတ်", "ဧပြီ", "မေ", "ဇွန်", "ဇူလိုင်", "ဩဂုတ်", "စက်တင်ဘာ", "အောက်တိုဘာ", "နိုဝင်ဘာ", "ဒီဇင်ဘာ"},
}

var dzongkha = Language{
	Tag: "dz", Name: "རྫོང་ཁ", English: "Dzongkha", Draft: true, Plural: noPlural, zero: '༠', date: "སྤྱི་ལོ་Y M ཚེས་D",
	months: [12]string{
		"སྤྱི་ཟླ་དངཔ་", "སྤྱི་ཟླ་གཉིས་པ་", "སྤྱི་ཟླ་གསུམ་པ་", "སྤྱི་ཟླ་བཞི་པ་", "སྤྱི་ཟླ་ལྔ་པ་", "སྤྱི་ཟླ་དྲུག་པ་",
		"སྤྱི་ཟླ་བདུན་པ་", "སྤྱི་ཟླ་བརྒྱད་པ་", "སྤྱི་ཟླ་དགུ་པ་", "སྤྱི་ཟླ་བཅུ་པ་", "སྤྱི་ཟླ་བཅུ་གཅིག་པ་", "སྤྱི་ཟླ་བཅུ་གཉིས་པ་",
	},
}
